// Whether a score of 0.9 is right nine times in ten, and what would make it so.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "statistics/proportion.h"

namespace evaluate {

// The rows whose score lies in (low, high].
struct ReliabilityBin {
  double low = 0;
  double high = 1;
  statistics::Proportion right;
  double score_sum = 0;

  double MeanScore() const { return score_sum / static_cast<double>(right.total); }  // if right.defined()
};

// How right the answers of each score are, in bins of equal width over [0, 1].
class Reliability {
 public:
  explicit Reliability(int bins);

  void Add(double score, bool is_right);

  const std::vector<ReliabilityBin>& bins() const { return bins_; }

  // The expected calibration error (Guo et al., 2017): the bins' |mean score - share right|, weighted by rows.
  double Error() const;

  // What that error would be on average, on as many rows, for scores that are calibrated: chance alone makes it so
  // large.
  double ErrorByChance() const;

  // Whether the error is less than twice what chance makes, or the rows are fewer than kFewest: too few to tell the
  // scores from calibrated ones.
  bool TooSmall() const { return rows_ < kFewest || Error() < 2 * ErrorByChance(); }
  static constexpr std::size_t kFewest = 100;

 private:
  std::vector<ReliabilityBin> bins_;
  std::size_t rows_ = 0;
};

// The logits of all rows: what a temperature is fitted to. Takes 4 bytes a label and 4 more a row.
class Logits {
 public:
  explicit Logits(std::size_t labels) : labels_(labels) {}

  void Add(std::span<const float> logits, std::size_t label);

  // The mean over the rows of -log(probability of the row's label), with all logits divided by the temperature; natural
  // logarithm. Needs a row.
  double LogLoss(double temperature) const;

  // The temperature in [kLowest, kHighest] of the least log loss, which has no other minimum. Needs a row.
  double FitTemperature() const;

  // The reliability at a temperature.
  Reliability ReliabilityAt(double temperature, int bins) const;

  static constexpr double kLowest = 0.05;
  static constexpr double kHighest = 20;

 private:
  std::size_t rows() const { return row_labels_.size(); }
  std::span<const float> Row(std::size_t row) const { return {logits_.data() + row * labels_, labels_}; }
  double Slope(double inverse_temperature) const;

  std::size_t labels_;
  std::vector<float> logits_;  // [rows, labels]
  std::vector<std::uint32_t> row_labels_;
};

}  // namespace evaluate
