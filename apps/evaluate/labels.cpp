// Maps the labels of the rows to those of the model.
#include "labels.h"

#include "common/model_options.h"
#include "common/program.h"
#include "common/text.h"

namespace evaluate {
namespace {

std::string UpperCase(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

}  // namespace

LabelMap::LabelMap(const std::string& mapping, std::span<const std::string> model_labels)
    : ignores_case_(mapping.empty()) {
  if (mapping.empty()) {
    for (std::size_t id = 0; id < model_labels.size(); ++id) {
      labels_.emplace(UpperCase(model_labels[id]), id);
      labels_.emplace(std::to_string(id), id);
    }
    return;
  }
  for (const std::string_view pair : common::Split(mapping, ',')) {
    const std::size_t sign = pair.rfind('=');
    if (sign == std::string_view::npos) {
      throw common::UsageError("--labels: expected ROWS_LABEL=MODEL_LABEL, found " + std::string(pair));
    }
    const std::string row_label(common::Trimmed(pair.substr(0, sign)));
    labels_[row_label] =
        common::FindLabel(model_labels, "--labels", std::string(common::Trimmed(pair.substr(sign + 1))));
  }
}

std::optional<std::size_t> LabelMap::Find(std::string_view label) const {
  const std::string trimmed(common::Trimmed(label));
  const auto found = labels_.find(ignores_case_ ? UpperCase(trimmed) : trimmed);
  if (found == labels_.end()) return std::nullopt;
  return found->second;
}

std::string LabelMap::Known() const {
  std::vector<std::string> names;
  for (const auto& [name, id] : labels_) names.push_back(name);
  return common::Joined(names, ", ");
}

}  // namespace evaluate
