// Reviews counted by product, and the most telling sentences of each.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "statistics/share.h"
#include "valence/classifier.h"

namespace reviews {

// A review, or one sentence of it, that the model is sure of.
struct Telling {
  float margin = 0;       // logit of the label it speaks for less the largest other one
  float probability = 0;  // of the label "positive"
  std::size_t line = 0;   // of the review in the input
  std::string text;
};

struct Product {
  std::string name;
  statistics::Proportion share;
  std::vector<Telling> positive;  // the surest first
  std::vector<Telling> negative;

  // Counts a review and keeps it (its first 4096 bytes, which is more than a model of 512 tokens reads of English
  // prose) if it is among the `most` surest of its side; of equal texts one.
  void Add(const valence::Prediction& prediction, std::size_t positive_label, std::size_t most, std::size_t line,
           std::string_view text);
};

// Puts in place of each review that the products keep the sentence of it that speaks most for its side. Classifies the
// sentences of those that have more than one, many at a time.
void PickSentences(std::vector<Product>& products, const valence::Classifier& classifier, std::size_t positive_label);

}  // namespace reviews
