// A share of counted things and its confidence interval.
#pragma once

#include <cstddef>
#include <string>

namespace statistics {

inline constexpr double kNormalQuantile = 1.959963984540054;  // of 97.5 %: half the width of a 95 % interval

struct Interval {
  double low = 0;
  double high = 1;
};

struct Proportion {
  std::size_t count = 0;
  std::size_t total = 0;

  bool defined() const { return total > 0; }
  double value() const { return static_cast<double>(count) / static_cast<double>(total); }  // if defined()

  // The Wilson score interval at 95 % (E. B. Wilson, 1927); [0, 1] when nothing was counted.
  Interval interval() const;

  // Whether that interval is wider than ten percentage points: the sample is too small to conclude anything.
  bool TooSmall() const;
};

// "90.48 %", or "-" when nothing was counted.
std::string Percent(const Proportion& share);

// "88.4 to 92.3 %"
std::string Percent(const Interval& interval);

}  // namespace statistics
