// All that is counted while the rows go by; what it keeps of a row is its logits, its label, and little else.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calibration.h"
#include "confusion.h"
#include "mistakes.h"
#include "slices.h"
#include "thresholds.h"
#include "valence/classifier.h"

namespace evaluate {

struct Settings {
  int bins = 15;               // of the reliability table
  std::size_t mistakes = 100;  // kept
  std::vector<std::string> slice_columns;
};

// A row that can be judged.
struct Row {
  std::size_t line = 0;
  std::string text;
  std::size_t label = 0;                  // of the model
  std::vector<std::string> slice_values;  // [slice columns]
};

// Throws std::runtime_error if the scores do not add up to 1: those of a model whose labels do not exclude each other,
// or NaN. `line`: of the row.
void CheckScores(std::span<const float> scores, std::size_t line);

class Evaluation {
 public:
  Evaluation(std::span<const std::string> labels, const Settings& settings);

  void Add(const Row& row, const valence::Prediction& prediction);

  std::span<const std::string> labels() const { return labels_; }
  const Settings& settings() const { return settings_; }
  std::size_t rows() const { return confusion_.rows(); }
  std::size_t truncated() const { return truncated_; }  // rows

  const Confusion& confusion() const { return confusion_; }
  const Reliability& reliability() const { return reliability_; }
  const Thresholds& thresholds() const { return thresholds_; }
  const Logits& logits() const { return logits_; }
  const Lengths& lengths() const { return lengths_; }
  const std::vector<Slices>& slices() const { return slices_; }
  std::vector<Mistake> mistakes() const { return mistakes_.ByConfidence(); }

  // The label of every row, if there is only one; else nothing.
  std::optional<std::size_t> OnlyLabel() const;

 private:
  std::vector<std::string> labels_;
  Settings settings_;
  Confusion confusion_;
  Reliability reliability_;
  Thresholds thresholds_;
  Logits logits_;
  Lengths lengths_;
  std::vector<Slices> slices_;
  Mistakes mistakes_;
  std::size_t truncated_ = 0;
};

}  // namespace evaluate
