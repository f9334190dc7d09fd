// A share of counted things, with what the count allows to conclude from it.
#include "proportion.h"

#include <algorithm>
#include <cmath>

namespace cli {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // of 97.5 %
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

}  // namespace cli
