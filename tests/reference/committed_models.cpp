// Reads reference.json.
#include "reference/committed_models.h"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace valence::internal {
namespace {

std::filesystem::path Models() { return VALENCE_TEST_DATA "/models"; }

nlohmann::json ReadJson(const std::filesystem::path& path) {
  std::ifstream file(path);
  return nlohmann::json::parse(file);
}

// Replaces the folder by a copy whose config.json has that function, and the answers by those for it.
void SetActivation(const std::string& name, const std::string& activation, CommittedModel& model) {
  const auto answers = ReadJson(Models() / "activations.json").at("models").at(name);
  for (std::size_t i = 0; i < model.texts.size(); ++i) {
    model.texts[i].f32 = answers.at("f32").at(i).get<std::vector<float>>();
    model.texts[i].bf16 = answers.at("bf16").at(i).get<std::vector<float>>();
  }
  model.copy = std::make_shared<TemporaryFolder>();
  std::filesystem::copy(model.folder, model.copy->path());
  auto config = ReadJson(model.folder / "config.json");
  config[config.at("model_type") == "bert" ? "hidden_act" : "activation"] = activation;
  model.folder = model.copy->path();
  model.copy->Write("config.json", config.dump());
}

}  // namespace

std::vector<std::string> CommittedModel::Texts() const {
  std::vector<std::string> result;
  for (const CommittedText& text : texts) result.push_back(text.text);
  return result;
}

std::vector<std::string> CommittedModelNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(Models())) {
    if (std::filesystem::exists(entry.path() / "reference.json")) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> CommittedActivationNames() {
  std::vector<std::string> names;
  const auto file = ReadJson(Models() / "activations.json");
  for (const auto& [name, answers] : file.at("models").items()) names.push_back(name);
  return names;
}

CommittedModel ReadCommittedModel(const std::string& name) {
  const auto plus = name.find('+');
  CommittedModel model;
  model.folder = Models() / name.substr(0, plus);
  const auto reference = ReadJson(model.folder / "reference.json");
  for (const auto& entry : reference.at("texts")) {
    model.texts.push_back(
        {entry.at("text"), entry.at("truncated"), entry.at("ids"), entry.at("f32"), entry.at("bf16")});
  }
  if (model.texts.empty()) throw std::runtime_error(model.folder.string() + ": reference.json holds no texts");
  if (plus != name.npos) SetActivation(name, name.substr(plus + 1), model);
  return model;
}

std::string TestNameOf(std::string name) {
  std::replace_if(
      name.begin(), name.end(), [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  return name;
}

}  // namespace valence::internal
