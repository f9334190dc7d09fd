// What a model's scores are.
#pragma once

#include "valence/export.h"

namespace valence {

// problem_type in config.json, as transformers' text classification pipeline follows it.
enum class ProblemType {
  kSingleLabel,  // scores are probabilities that add up to one (softmax)
  kMultiLabel,   // each label has a probability of its own (sigmoid); also a model with one label
  kRegression,   // scores are the logits themselves, of any size and sign
};

// "single_label_classification", "multi_label_classification" or "regression".
VALENCE_EXPORT const char* to_string(ProblemType problem_type) noexcept;

}  // namespace valence
