// From a model's logits to probabilities.
#pragma once

#include <span>
#include <vector>

#include "files/config.h"

namespace valence::internal {

// logits: [labels] -> [labels]: softmax over all of them, or for kMultiLabel the sigmoid of each.
std::vector<float> Scores(std::span<const float> logits, ProblemType problem_type);

}  // namespace valence::internal
