// Reads reference.json.
#include "reference/committed_models.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace valence::internal {

std::vector<std::string> CommittedModel::Texts() const {
  std::vector<std::string> result;
  for (const CommittedText& text : texts) result.push_back(text.text);
  return result;
}

std::vector<std::string> CommittedModelNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(VALENCE_TEST_DATA "/models")) {
    if (std::filesystem::exists(entry.path() / "reference.json")) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

CommittedModel ReadCommittedModel(const std::string& name) {
  CommittedModel model;
  model.folder = std::filesystem::path(VALENCE_TEST_DATA "/models") / name;
  std::ifstream file(model.folder / "reference.json");
  const auto reference = nlohmann::json::parse(file);
  for (const auto& entry : reference.at("texts")) {
    model.texts.push_back(
        {entry.at("text"), entry.at("truncated"), entry.at("ids"), entry.at("f32"), entry.at("bf16")});
  }
  if (model.texts.empty()) throw std::runtime_error(model.folder.string() + ": reference.json holds no texts");
  return model;
}

std::string TestNameOf(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace valence::internal
