// What is said of the share of positive texts (cli/proportion.h).
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "statistics/proportion.h"
#include "valence/classifier.h"

namespace uses {

// What may be said of it: "too few to conclude" below `few` texts, "mostly positive" or "mostly negative" where the
// whole interval is on one side of a half, else "undecided".
const char* Conclusion(const cli::Proportion& share, std::size_t few);

// "78.3 % positive (95 % interval 70.1 to 84.7 %), mostly positive", of one text or more.
std::string Described(const cli::Proportion& share, std::size_t few);

// The same as "positive" (the number of texts), "share" (null without texts), "low", "high" and "conclusion".
void AddTo(nlohmann::ordered_json& object, const cli::Proportion& share, std::size_t few);

// To six digits, for JSON.
double Rounded(double share);

// The label's number in the model. Throws cli::UsageError naming the option, the label and the labels that there are.
std::size_t FindLabel(const valence::Classifier& classifier, const std::string& option, const std::string& label);

}  // namespace uses
