// A share of counted things and its confidence interval.
#include "proportion.h"

#include <algorithm>
#include <cmath>

#include "common/numbers.h"

namespace statistics {
namespace {

constexpr double kWidest = 0.1;

}  // namespace

Interval Proportion::interval() const {
  if (total == 0) return {};
  const double n = static_cast<double>(total);
  const double p = value();
  const double z2 = kNormalQuantile * kNormalQuantile;
  const double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kNormalQuantile * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n)) / (1 + z2 / n);
  return {std::max(0.0, middle - half), std::min(1.0, middle + half)};
}

bool Proportion::TooSmall() const {
  const Interval range = interval();
  return range.high - range.low > kWidest;
}

std::string Percent(const Proportion& share) { return share.defined() ? common::Percent(share.value()) : "-"; }

std::string Percent(const Interval& interval) {
  return common::Decimal(100 * interval.low, 1) + " to " + common::Percent(interval.high, 1);
}

}  // namespace statistics
