// From the labels that the rows carry to those of the model.
#include "labels.h"

#include <algorithm>

#include "common/program.h"

namespace evaluate {
namespace {

std::string Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == text.npos) return {};
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1));
}

std::string UpperCase(std::string text) {
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

std::string Joined(std::span<const std::string> names) {
  std::string joined;
  for (const std::string& name : names) joined += (joined.empty() ? "" : ", ") + name;
  return joined;
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
  for (std::size_t begin = 0; begin <= mapping.size();) {
    const std::size_t end = std::min(mapping.find(',', begin), mapping.size());
    const std::string pair = mapping.substr(begin, end - begin);
    const std::size_t sign = pair.rfind('=');
    if (sign == std::string::npos) throw cli::UsageError("--labels: expected ROWS_LABEL=MODEL_LABEL, found " + pair);
    const std::string name = Trimmed(pair.substr(sign + 1));
    const auto found = std::find(model_labels.begin(), model_labels.end(), name);
    if (found == model_labels.end()) {
      throw cli::UsageError("--labels: expected a label of the model (" + Joined(model_labels) + "), found " + name);
    }
    labels_[Trimmed(pair.substr(0, sign))] = static_cast<std::size_t>(found - model_labels.begin());
    begin = end + 1;
  }
}

std::optional<std::size_t> LabelMap::Find(std::string_view label) const {
  const std::string trimmed = Trimmed(label);
  const auto found = labels_.find(ignores_case_ ? UpperCase(trimmed) : trimmed);
  if (found == labels_.end()) return std::nullopt;
  return found->second;
}

std::string LabelMap::Known() const {
  std::vector<std::string> names;
  for (const auto& [name, id] : labels_) names.push_back(name);
  return Joined(names);
}

}  // namespace evaluate
