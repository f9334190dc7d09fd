// Vectors at a time, the last one partly filled.
#include "kernels/activation.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/math-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {

// e^-|x|, 0 where that is below e^-87, so that its product with any finite x is small.
HWY_ATTR FloatVector ExpOfMinusAbs(Floats d, FloatVector x) {
  const FloatVector exponent = hn::Neg(hn::Abs(x));
  return hn::IfThenZeroElse(hn::Lt(exponent, hn::Set(d, -87.0f)), ExpOfNegative(d, exponent));
}

// 1 / (1 + e^-x), for negative x as e^x / (1 + e^x): small results keep their digits.
HWY_ATTR FloatVector Sigmoid(Floats d, FloatVector x) {
  const FloatVector e = ExpOfMinusAbs(d, x), one = hn::Set(d, 1.0f);
  return hn::Div(hn::IfThenElse(hn::Lt(x, hn::Zero(d)), e, one), hn::Add(one, e));
}

// (1 + tanh(u)) / 2 is sigmoid(2u).
HWY_ATTR FloatVector TanhGelu(Floats d, FloatVector x) {
  constexpr float kTwiceRoot = 1.59576912f;  // 2 sqrt(2 / pi)
  const FloatVector factor = hn::MulAdd(hn::Mul(x, x), hn::Set(d, kTwiceRoot * 0.044715f), hn::Set(d, kTwiceRoot));
  return hn::Mul(x, Sigmoid(d, hn::Mul(x, factor)));
}

// tanh(log(1 + t)) = (t^2 + 2t) / (t^2 + 2t + 2) with t = e^x; for positive x both parts divided by t^2.
HWY_ATTR FloatVector Mish(Floats d, FloatVector x) {
  const FloatVector e = ExpOfMinusAbs(d, x), two = hn::Set(d, 2.0f), negative = hn::Mul(e, hn::Add(e, two));
  const auto is_negative = hn::Lt(x, hn::Zero(d));
  const FloatVector numerator = hn::IfThenElse(is_negative, negative, hn::MulAdd(e, two, hn::Set(d, 1.0f)));
  const FloatVector rest = hn::IfThenElse(is_negative, two, hn::Mul(hn::Mul(e, e), two));
  return hn::Mul(x, hn::Div(numerator, hn::Add(numerator, rest)));
}

// log(1 + e^x) = max(x, 0) + log(1 + e), e = e^-|x|; log(1 + e) = 2 (s + s^3/3 + s^5/5 + ..), s = e / (2 + e) <= 1/3.
HWY_ATTR FloatVector RootSoftplus(Floats d, FloatVector x) {
  const FloatVector e = ExpOfMinusAbs(d, x);
  const FloatVector s = hn::Div(e, hn::Add(e, hn::Set(d, 2.0f))), square = hn::Mul(s, s);
  FloatVector sum = hn::Set(d, 1.0f / 15);
  for (const float term : {1.0f / 13, 1.0f / 11, 1.0f / 9, 1.0f / 7, 1.0f / 5, 1.0f / 3, 1.0f}) {
    sum = hn::MulAdd(sum, square, hn::Set(d, term));
  }
  const FloatVector positive = hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);
  return hn::Sqrt(hn::MulAdd(sum, hn::Add(s, s), positive));
}

// Near 0, where the quotient of TanhOf loses digits: x + x^3 times a polynomial fitted at Chebyshev's points.
HWY_ATTR FloatVector TanhEverywhere(Floats d, FloatVector x) {
  const FloatVector square = hn::Mul(x, x);
  FloatVector sum = hn::Set(d, 0.00226950168f);
  for (const float term : {-0.00832318706f, 0.0217625029f, -0.0539584616f, 0.133333001f, -0.333333331f}) {
    sum = hn::MulAdd(sum, square, hn::Set(d, term));
  }
  const FloatVector near = hn::MulAdd(hn::Mul(x, square), sum, x);
  return hn::IfThenElse(hn::Lt(hn::Abs(x), hn::Set(d, 0.625f)), near, TanhOf(d, x));
}

// In place of Min and Max, which give the other operand for NaN on some CPUs.
HWY_ATTR FloatVector Clamp(Floats d, FloatVector x, float low, float high) {
  const FloatVector least = hn::Set(d, low), most = hn::Set(d, high);
  return hn::IfThenElse(hn::Lt(x, least), least, hn::IfThenElse(hn::Gt(x, most), most, x));
}

HWY_ATTR FloatVector Apply(Activation activation, Floats d, FloatVector x) {
  const FloatVector zero = hn::Zero(d), relu = hn::IfThenElse(hn::Lt(x, zero), zero, x);
  switch (activation) {
    case Activation::kGelu:
      return Gelu(d, x);
    case Activation::kClippedGelu:
      return Clamp(d, Gelu(d, x), -10.0f, 10.0f);
    case Activation::kTanhGelu:
      return TanhGelu(d, x);
    case Activation::kQuickGelu:
      return hn::Mul(x, Sigmoid(d, hn::Mul(x, hn::Set(d, 1.702f))));
    case Activation::kHardSwish:
      return hn::Mul(x, hn::Div(Clamp(d, hn::Add(x, hn::Set(d, 3.0f)), 0.0f, 6.0f), hn::Set(d, 6.0f)));
    case Activation::kLaplace:
      return NormalDistribution(d, hn::Div(hn::Sub(x, hn::Set(d, 0.707107f)), hn::Set(d, 0.282095f)));
    case Activation::kLeakyRelu:
      return hn::IfThenElse(hn::Lt(x, zero), hn::Mul(x, hn::Set(d, 0.01f)), x);
    case Activation::kLinear:
      return x;
    case Activation::kMish:
      return Mish(d, x);
    case Activation::kRelu:
      return relu;
    case Activation::kSquaredRelu:
      return hn::Mul(relu, relu);
    case Activation::kRelu6:
      return Clamp(d, x, 0.0f, 6.0f);
    case Activation::kSigmoid:
      return Sigmoid(d, x);
    case Activation::kSilu:
      return hn::Mul(x, Sigmoid(d, x));
    case Activation::kRootSoftplus:
      return RootSoftplus(d, x);
    case Activation::kTanh:
      return TanhEverywhere(d, x);
  }
  __builtin_unreachable();
}

// values[i] = function(values[i])
template <class T, class Function>
HWY_ATTR void ApplyToAll(std::int64_t count, T* values, const Function& function) {
  const Floats d;
  const auto size = static_cast<std::size_t>(count), lanes = hn::Lanes(d), whole = size / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) StoreFloats(d, function(LoadFloats(d, values + i)), values + i);
  if (whole != size) {
    StoreSome(d, function(LoadSome(d, values + whole, size - whole)), values + whole, size - whole);
  }
}

HWY_ATTR void TanhOfAll(std::int64_t count, float* values) {
  ApplyToAll(count, values, [](FloatVector x) HWY_ATTR { return TanhOf(Floats(), x); });
}

HWY_ATTR void ActivateF32(Activation activation, std::int64_t count, float* values) {
  ApplyToAll(count, values, [activation](FloatVector x) HWY_ATTR { return Apply(activation, Floats(), x); });
}
HWY_ATTR void ActivateBf16(Activation activation, std::int64_t count, BFloat16* values) {
  ApplyToAll(count, values, [activation](FloatVector x) HWY_ATTR { return Apply(activation, Floats(), x); });
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(TanhOfAll);
HWY_EXPORT(ActivateF32);
HWY_EXPORT(ActivateBf16);

void Relu(std::int64_t count, float* values) {
  std::transform(values, values + count, values, [](float x) { return x < 0.0f ? 0.0f : x; });
}

void Tanh(std::int64_t count, float* values) { HWY_DYNAMIC_DISPATCH(TanhOfAll)(count, values); }

void Activate(Activation activation, std::int64_t count, float* values) {
  HWY_DYNAMIC_DISPATCH(ActivateF32)(activation, count, values);
}
void Activate(Activation activation, std::int64_t count, BFloat16* values) {
  HWY_DYNAMIC_DISPATCH(ActivateBf16)(activation, count, values);
}

}  // namespace valence::internal
#endif
