// Numbers as the programs write them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace common {

// With so many digits after the point.
std::string Decimal(double value, int digits);

// A share as "90.48 %".
std::string Percent(double share, int digits = 2);

// "1 row", "2 rows"
std::string Count(std::size_t count, std::string_view thing);

// To six digits after the point, for JSON.
double Rounded(double value);

// The double that prints as the float's own shortest decimal does: 0.1f as 0.1, not as 0.10000000149011612.
double Shortest(float value);

}  // namespace common
