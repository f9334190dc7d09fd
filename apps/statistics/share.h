// A share of positive texts (proportion.h) in words and as JSON.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "proportion.h"

namespace statistics {

// "too few to conclude" below `few` texts, "mostly positive" or "mostly negative" if the whole interval is on one side
// of a half, else "undecided".
const char* Conclusion(const Proportion& share, std::size_t few);

// "78.3 % positive (95 % interval 70.1 to 84.7 %), mostly positive". Needs one text or more.
std::string Described(const Proportion& share, std::size_t few);

// Adds "positive" (the number of texts), "share" (null without texts), "low", "high" and "conclusion".
void AddTo(nlohmann::ordered_json& object, const Proportion& share, std::size_t few);

}  // namespace statistics
