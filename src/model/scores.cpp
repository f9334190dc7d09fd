// Softmax and sigmoid in double, so that the scores add up to one.
#include "model/scores.h"

#include <algorithm>
#include <cmath>

namespace valence::internal {
namespace {

std::vector<float> Softmax(std::span<const float> logits) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(double{logit} - largest);
  std::vector<float> scores;
  scores.reserve(logits.size());
  for (const float logit : logits) scores.push_back(static_cast<float>(std::exp(double{logit} - largest) / sum));
  return scores;
}

std::vector<float> Sigmoid(std::span<const float> logits) {
  std::vector<float> scores;
  scores.reserve(logits.size());
  for (const float logit : logits) scores.push_back(static_cast<float>(1.0 / (1.0 + std::exp(-double{logit}))));
  return scores;
}

}  // namespace

std::vector<float> Scores(std::span<const float> logits, ProblemType problem_type) {
  switch (problem_type) {
    case ProblemType::kSingleLabel:
      return Softmax(logits);
    case ProblemType::kMultiLabel:
      return Sigmoid(logits);
    case ProblemType::kRegression:
      return {logits.begin(), logits.end()};
  }
  __builtin_unreachable();
}

}  // namespace valence::internal

namespace valence {

const char* to_string(ProblemType problem_type) noexcept {
  switch (problem_type) {
    case ProblemType::kSingleLabel:
      return "single_label_classification";
    case ProblemType::kMultiLabel:
      return "multi_label_classification";
    case ProblemType::kRegression:
      return "regression";
  }
  return "unknown";
}

}  // namespace valence
