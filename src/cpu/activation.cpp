// The one table of names.
#include "cpu/activation.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace valence::internal {
namespace {

// In the order of transformers' table; of several names of one function the first is the one to show.
constexpr std::pair<std::string_view, Activation> kNames[] = {
    {"gelu", Activation::kGelu},
    {"gelu_10", Activation::kClippedGelu},
    {"gelu_new", Activation::kTanhGelu},
    {"gelu_fast", Activation::kTanhGelu},
    {"gelu_python", Activation::kGelu},
    {"gelu_pytorch_tanh", Activation::kTanhGelu},
    {"gelu_python_tanh", Activation::kTanhGelu},
    {"gelu_accurate", Activation::kTanhGelu},
    {"hardswish", Activation::kHardSwish},
    {"laplace", Activation::kLaplace},
    {"leaky_relu", Activation::kLeakyRelu},
    {"linear", Activation::kLinear},
    {"mish", Activation::kMish},
    {"quick_gelu", Activation::kQuickGelu},
    {"relu", Activation::kRelu},
    {"relu2", Activation::kSquaredRelu},
    {"relu6", Activation::kRelu6},
    {"sigmoid", Activation::kSigmoid},
    {"silu", Activation::kSilu},
    {"swish", Activation::kSilu},
    {"sqrtsoftplus", Activation::kRootSoftplus},
    {"tanh", Activation::kTanh},
};

}  // namespace

std::optional<Activation> FindActivation(std::string_view name) {
  const auto* const found =
      std::find_if(std::begin(kNames), std::end(kNames), [name](const auto& entry) { return entry.first == name; });
  if (found == std::end(kNames)) return std::nullopt;
  return found->second;
}

std::string ActivationNames() {
  std::string names;
  for (const auto& [name, activation] : kNames) names += (names.empty() ? "" : ", ") + std::string(name);
  return names;
}

const char* ToString(Activation activation) {
  const auto* const found = std::find_if(std::begin(kNames), std::end(kNames),
                                         [activation](const auto& entry) { return entry.second == activation; });
  return found->first.data();  // every function has a name, a string literal
}

}  // namespace valence::internal
