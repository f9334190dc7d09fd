// From the labels that the rows carry to those of the model.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace evaluate {

class LabelMap {
 public:
  // `mapping`: "0=NEGATIVE,1=POSITIVE" says what each label of the rows means; no other is known then. Empty: a row's
  // label is the name of one of the model's labels, in upper or lower case, or its number from 0. Throws
  // cli::UsageError naming what is no pair, or no label of the model.
  LabelMap(const std::string& mapping, std::span<const std::string> model_labels);

  // The model's label that a row's label means; blanks around it do not count.
  std::optional<std::size_t> Find(std::string_view label) const;

  // What is known, for messages: "0, 1, NEGATIVE, POSITIVE".
  std::string Known() const;

 private:
  bool ignores_case_;
  std::map<std::string, std::size_t> labels_;
};

}  // namespace evaluate
