// What is gained and lost by answering only where the score reaches a threshold.
#include "thresholds.h"

#include <algorithm>
#include <cmath>

namespace evaluate {

void Thresholds::Add(double score, bool is_right) {
  const auto step = static_cast<std::size_t>(std::clamp(score, 0.0, 1.0) * kSteps);
  ++rows_[step];
  right_[step] += is_right ? 1 : 0;
}

statistics::Proportion Thresholds::Between(double low, double high) const {
  statistics::Proportion right;
  const auto end = std::min(kSteps + 1, static_cast<std::size_t>(std::lround(high * kSteps)));
  for (auto step = static_cast<std::size_t>(std::lround(low * kSteps)); step < end; ++step) {
    right.total += rows_[step];
    right.count += right_[step];
  }
  return right;
}

statistics::Proportion Thresholds::Precision(double threshold) const { return Between(threshold, 2); }

statistics::Proportion Thresholds::Coverage(double threshold) const {
  return {Precision(threshold).total, Precision(0).total};
}

std::optional<double> Thresholds::LowestFor(double precision) const {
  for (std::size_t step = 0; step <= kSteps; ++step) {
    const double threshold = static_cast<double>(step) / kSteps;
    if (Precision(threshold).interval().low >= precision) return threshold;
  }
  return std::nullopt;
}

}  // namespace evaluate
