// Numbers as the programs write them.
#include "numbers.h"

#include <charconv>
#include <cmath>
#include <cstdio>

namespace common {

std::string Decimal(double value, int digits) {
  char text[64];
  std::snprintf(text, sizeof text, "%.*f", digits, value);
  return text;
}

std::string Percent(double share, int digits) { return Decimal(100 * share, digits) + " %"; }

std::string Count(std::size_t count, std::string_view thing) {
  return std::to_string(count).append(1, ' ').append(thing).append(count == 1 ? "" : "s");
}

double Rounded(double value) { return std::round(value * 1e6) / 1e6; }

double Shortest(float value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double result = value;  // stays for NaN and infinities, which JSON prints as null
  std::from_chars(digits, end, result);
  return result;
}

}  // namespace common
