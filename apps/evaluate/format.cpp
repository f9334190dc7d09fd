// Numbers as the reports write them.
#include "format.h"

#include <cstdio>

namespace evaluate {

std::string Decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Percent(double share, int digits) { return Decimal(100 * share, digits) + " %"; }

std::string Percent(const Proportion& share) { return share.defined() ? Percent(share.value()) : "-"; }

std::string Percent(const Interval& interval) {
  return Decimal(100 * interval.low, 1) + " to " + Percent(interval.high, 1);
}

std::string Count(std::size_t count, const std::string& thing) {
  return std::to_string(count) + " " + thing + (count == 1 ? "" : "s");
}

}  // namespace evaluate
