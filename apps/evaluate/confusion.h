// How often each label was answered for each label: the counts that accuracy, precision, recall and F1 are made of.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "statistics/proportion.h"

namespace evaluate {

class Confusion {
 public:
  explicit Confusion(std::size_t labels) : labels_(labels), counts_(labels * labels) {}

  void Add(std::size_t label, std::size_t answer) { ++counts_[label * labels_ + answer]; }

  std::size_t labels() const { return labels_; }
  std::size_t at(std::size_t label, std::size_t answer) const { return counts_[label * labels_ + answer]; }
  std::size_t rows() const;
  std::size_t Labelled(std::size_t label) const;  // rows
  std::size_t Answered(std::size_t label) const;  // rows

  statistics::Proportion Accuracy() const;
  statistics::Proportion Precision(std::size_t label) const { return {at(label, label), Answered(label)}; }
  statistics::Proportion Recall(std::size_t label) const { return {at(label, label), Labelled(label)}; }

  // Nothing for a label that neither is in the rows nor was answered.
  std::optional<double> F1(std::size_t label) const;

  // The mean over the labels that have one; 0 when none has.
  double MacroF1() const;

 private:
  std::size_t labels_;
  std::vector<std::size_t> counts_;  // [labels, answers]
};

}  // namespace evaluate
