// Numbers as the reports write them.
#pragma once

#include <cstddef>
#include <string>

#include "proportion.h"

namespace evaluate {

std::string Decimal(double value, int digits);
std::string Percent(double share, int digits = 2);  // "90.48 %"

// "90.48 %", or "-" when nothing was counted.
std::string Percent(const Proportion& share);

// "88.4 to 92.3 %"
std::string Percent(const Interval& interval);

// "1 row", "2 rows"
std::string Count(std::size_t count, const std::string& thing);

}  // namespace evaluate
