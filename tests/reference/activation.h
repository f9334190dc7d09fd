// Activation functions as transformers writes them, on the standard library. Held itself against transformers' values
// in tests/kernels.
#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>

#include "cpu/activation.h"

namespace valence::internal {

// max and min with NaN kept, as PyTorch has them.
template <class Real>
Real Clamped(Real x, Real low, Real high) {
  return std::isnan(x) ? x : std::min(std::max(x, low), high);
}

// Real: double or long double.
template <class Real>
Real ReferenceActivation(Activation activation, Real x) {
  constexpr Real kInf = std::numeric_limits<Real>::infinity();
  const auto sigmoid = [](Real u) { return 1 / (1 + std::exp(-u)); };
  const auto softplus = [](Real u) { return u > 0 ? u + std::log1p(std::exp(-u)) : std::log1p(std::exp(u)); };
  // erfc keeps the digits of small results.
  const auto normal = [](Real u) { return std::erfc(-u / std::numbers::sqrt2_v<Real>) / 2; };
  switch (activation) {
    case Activation::kGelu:
      return x * normal(x);
    case Activation::kClippedGelu:
      return Clamped(x * normal(x), Real{-10}, Real{10});
    case Activation::kTanhGelu:  // (1 + tanh(u)) / 2 = sigmoid(2u)
      return x * sigmoid(2 * std::sqrt(2 / std::numbers::pi_v<Real>) * (x + static_cast<Real>(0.044715L) * x * x * x));
    case Activation::kQuickGelu:
      return x * sigmoid(static_cast<Real>(1.702L) * x);
    case Activation::kHardSwish:
      return x * (Clamped(x + 3, Real{0}, Real{6}) / 6);
    case Activation::kLaplace:
      return normal((x - static_cast<Real>(0.707107L)) / static_cast<Real>(0.282095L));
    case Activation::kLeakyRelu:
      return x < 0 ? static_cast<Real>(0.01L) * x : x;
    case Activation::kLinear:
      return x;
    case Activation::kMish:
      return x * std::tanh(softplus(x));
    case Activation::kRelu:
      return Clamped(x, Real{0}, kInf);
    case Activation::kSquaredRelu:
      return Clamped(x, Real{0}, kInf) * Clamped(x, Real{0}, kInf);
    case Activation::kRelu6:
      return Clamped(x, Real{0}, Real{6});
    case Activation::kSigmoid:
      return sigmoid(x);
    case Activation::kSilu:
      return x * sigmoid(x);
    case Activation::kRootSoftplus:
      return std::sqrt(softplus(x));
    case Activation::kTanh:
      return std::tanh(x);
  }
  __builtin_unreachable();
}

}  // namespace valence::internal
