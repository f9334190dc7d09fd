// The activation functions between the two feed-forward layers, and their names in config.json.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "cpu/linear_spec.h"

namespace valence::internal {

// Those of transformers 5 (activations.py, ACT2CLS) that have no parameters of their own.
enum class Activation {
  kGelu,          // x Phi(x), Phi the normal distribution function: (1 + erf(x / sqrt 2)) / 2
  kClippedGelu,   // the same, not below -10 nor above 10
  kTanhGelu,      // x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
  kQuickGelu,     // x sigmoid(1.702 x)
  kHardSwish,     // x min(max(x + 3, 0), 6) / 6
  kLaplace,       // Phi((x - 0.707107) / 0.282095)
  kLeakyRelu,     // x, for negative x 0.01 x
  kLinear,        // x
  kMish,          // x tanh(log(1 + e^x))
  kRelu,          // max(x, 0)
  kSquaredRelu,   // max(x, 0)^2
  kRelu6,         // min(max(x, 0), 6)
  kSigmoid,       // 1 / (1 + e^-x)
  kSilu,          // x sigmoid(x)
  kRootSoftplus,  // sqrt(log(1 + e^x))
  kTanh,
};

// By a name of config.json; several names may stand for one function.
std::optional<Activation> FindActivation(std::string_view name);

// All names, for messages: "gelu, gelu_10, ..".
std::string ActivationNames();

// The first name of the function.
const char* ToString(Activation activation);

// What the product in front of it applies to its results itself.
constexpr PostOp FusedPostOp(Activation activation) {
  if (activation == Activation::kGelu) return PostOp::kGelu;
  return activation == Activation::kRelu ? PostOp::kRelu : PostOp::kNone;
}

// Whether it is computed in a pass of its own over the finished product (kernels/activation.h).
constexpr bool HasOwnPass(Activation activation) {
  return FusedPostOp(activation) == PostOp::kNone && activation != Activation::kLinear;
}

}  // namespace valence::internal
