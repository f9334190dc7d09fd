// How large a share of texts is positive, and how sure that is.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>

#include "valence/classifier.h"

namespace uses {

// Texts that the model labelled, and how many of them positive.
struct Share {
  std::size_t count = 0;
  std::size_t positive = 0;

  double value() const { return static_cast<double>(positive) / static_cast<double>(count); }  // NaN without texts
};

struct Interval {
  double low = 0;
  double high = 1;
};

// The 95 % interval of Wilson, "Probable Inference, the Law of Succession, and Statistical Inference" (1927): it stays
// within 0 and 1 and holds for few texts, too. It covers the chance of which texts came, not the model's own mistakes.
// All of [0, 1] without texts.
Interval WilsonInterval(const Share& share);

// What may be said of it: "too few to conclude" below `few` texts, "mostly positive" or "mostly negative" where the
// whole interval is on one side of a half, else "undecided".
const char* Conclusion(const Share& share, std::size_t few);

// "78.3 % positive (95 % interval 70.1 to 84.7 %), mostly positive", of one text or more.
std::string Described(const Share& share, std::size_t few);

// The same as "positive" (the number of texts), "share" (null without texts), "low", "high" and "conclusion".
void AddTo(nlohmann::ordered_json& object, const Share& share, std::size_t few);

// To six digits, for JSON.
double Rounded(double share);

// The label's number in the model. Throws cli::UsageError naming the option, the label and the labels that there are.
std::size_t FindLabel(const valence::Classifier& classifier, const std::string& option, const std::string& label);

}  // namespace uses
