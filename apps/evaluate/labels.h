// Maps the labels of the rows to those of the model.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace evaluate {

class LabelMap {
 public:
  // `mapping`, such as "neg=NEGATIVE,pos=POSITIVE", lists all labels of the rows and their meaning. If it is empty, a
  // row's label is the name of one of the model's labels, in upper or lower case, or its number from 0. Throws
  // common::UsageError naming what is not a pair, or not a label of the model.
  LabelMap(const std::string& mapping, std::span<const std::string> model_labels);

  // The number of the model's label that a row's label means, or nothing. White space around it is ignored.
  std::optional<std::size_t> Find(std::string_view label) const;

  // All labels that rows may have, for messages: "0, 1, NEGATIVE, POSITIVE".
  std::string Known() const;

 private:
  bool ignores_case_;
  std::map<std::string, std::size_t> labels_;
};

}  // namespace evaluate
