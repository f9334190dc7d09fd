// From a model's logits to scores.
#pragma once

#include <span>
#include <vector>

#include "files/config.h"

namespace valence::internal {

// logits: [labels] -> [labels]: softmax over all of them, for kMultiLabel the sigmoid of each, for kRegression the logits.
std::vector<float> Scores(std::span<const float> logits, ProblemType problem_type);

}  // namespace valence::internal
