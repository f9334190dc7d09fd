// What is gained and lost by answering only where the score reaches a threshold.
#pragma once

#include <array>
#include <cstddef>
#include <optional>

#include "statistics/proportion.h"

namespace evaluate {

// Those that the reports tell of; 0 answers everything.
inline constexpr std::array<double, 12> kThresholds = {0,    0.5,  0.6,  0.7,  0.8,   0.9,
                                                       0.95, 0.97, 0.98, 0.99, 0.995, 0.999};

// Counts of scores in steps of a thousandth. The thresholds below are rounded to such a step.
class Thresholds {
 public:
  static constexpr std::size_t kSteps = 1000;

  void Add(double score, bool is_right);

  statistics::Proportion Coverage(double threshold) const;   // the rows that are answered
  statistics::Proportion Precision(double threshold) const;  // those of them that are right

  // The lowest threshold at which the precision's interval lies above `precision`, or nothing.
  std::optional<double> LowestFor(double precision) const;

  // Rows, and right ones, with a score in [low, high).
  statistics::Proportion Between(double low, double high) const;

 private:
  std::array<std::size_t, kSteps + 1> rows_ = {};
  std::array<std::size_t, kSteps + 1> right_ = {};
};

}  // namespace evaluate
