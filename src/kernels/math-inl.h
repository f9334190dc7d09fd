// Functions of f32 vectors: small matrix products, e^x, GELU and tanh. Included once for each instruction set.
// (The guard toggles so that Highway's foreach_target can include it again.)

#if defined(VALENCE_KERNELS_MATH_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VALENCE_KERNELS_MATH_INL_H_
#undef VALENCE_KERNELS_MATH_INL_H_
#else
#define VALENCE_KERNELS_MATH_INL_H_
#endif

#include <cstdint>

#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// sums[r][v] = sum over i of a[r][i] * b[i][v-th vector of columns]; up to twelve of them stay in registers.
//   a: [kRows, inner], rows a_row and columns a_column apart; load_b(i, v): the v-th of kVectors vectors in row i of b
template <int kRows, int kVectors, class D, class LoadB, class V = hn::Vec<D>>
HWY_INLINE HWY_ATTR void SumProducts(D d, const float* a, std::int64_t a_row, std::int64_t a_column, std::int64_t inner,
                                     const LoadB& load_b, V (&sums)[kRows][kVectors]) {
  for (auto& row : sums) {
    for (auto& sum : row) sum = hn::Zero(d);
  }
  HWY_UNROLL(4)
  for (std::int64_t i = 0; i < inner; ++i) {
    V values[kVectors];
    for (int v = 0; v < kVectors; ++v) values[v] = load_b(i, v);
    for (int r = 0; r < kRows; ++r) {
      const V factor = hn::Set(d, a[r * a_row + i * a_column]);
      for (int v = 0; v < kVectors; ++v) sums[r][v] = hn::MulAdd(factor, values[v], sums[r][v]);
    }
  }
}

// e^x for x <= 0, within 3e-7 of it; NaN stays NaN. Highway's own, which covers all x, took three times as long.
template <class D, class V = hn::Vec<D>>
HWY_ATTR V ExpOfNegative(D d, V x) {
  const hn::RebindToSigned<D> integers;
  const V clamped = hn::Max(x, hn::Set(d, -87.0f));  // 1e-38 in place of less keeps 2^n normal
  // x = n ln 2 + f with |f| <= ln 2 / 2. Adding 1.5 * 2^23 leaves the nearest integer in the low bits.
  const V shift = hn::Set(d, 12582912.0f);
  const V shifted = hn::MulAdd(clamped, hn::Set(d, 1.44269504f), shift);
  const V n = hn::Sub(shifted, shift);
  // ln 2 in two parts, the first with few enough bits for exact products.
  V f = hn::NegMulAdd(n, hn::Set(d, 0.693359375f), clamped);
  f = hn::NegMulAdd(n, hn::Set(d, -2.12194440e-4f), f);
  V sum = hn::MulAdd(f, hn::Set(d, 1.0f / 720), hn::Set(d, 1.0f / 120));
  for (const float term : {1.0f / 24, 1.0f / 6, 1.0f / 2, 1.0f, 1.0f}) sum = hn::MulAdd(sum, f, hn::Set(d, term));
  // Times 2^n, by adding n to the exponent.
  const auto bits = hn::Add(hn::BitCast(integers, sum), hn::ShiftLeft<23>(hn::BitCast(integers, shifted)));
  return hn::IfThenElse(hn::IsNaN(x), x, hn::BitCast(d, bits));
}

// The normal distribution function (1 + erf(x / sqrt 2)) / 2, within 2e-7; NaN stays NaN. erf by formula 7.1.26 of
// Abramowitz and Stegun, Handbook of Mathematical Functions: 1 - erf(z) = t (a1 + a2 t + .. + a5 t^4) e^(-z^2),
// t = 1 / (1 + p z), z >= 0.
template <class D, class V = hn::Vec<D>>
HWY_ATTR V NormalDistribution(D d, V x) {
  const V z = hn::Mul(hn::Abs(x), hn::Set(d, 0.707106781f));
  const V t = hn::Div(hn::Set(d, 1.0f), hn::MulAdd(z, hn::Set(d, 0.3275911f), hn::Set(d, 1.0f)));
  V sum = hn::Set(d, 1.061405429f);
  for (const float term : {-1.453152027f, 1.421413741f, -0.284496736f, 0.254829592f}) {
    sum = hn::MulAdd(sum, t, hn::Set(d, term));
  }
  // Half of 1 - erf(z): the result for negative x, and one minus the result for others.
  const V half = hn::Mul(hn::Mul(hn::Mul(sum, t), hn::Set(d, 0.5f)), ExpOfNegative(d, hn::Neg(hn::Mul(z, z))));
  return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), half, hn::Sub(hn::Set(d, 1.0f), half));
}

// x times the above, within 2e-7 (|x| + 1); NaN stays NaN.
template <class D, class V = hn::Vec<D>>
HWY_ATTR V Gelu(D d, V x) {
  return hn::Mul(x, NormalDistribution(d, x));
}

// tanh(x) = (1 - e^(-2 |x|)) / (1 + e^(-2 |x|)) with the sign of x, within 1e-6; NaN stays NaN.
template <class D, class V = hn::Vec<D>>
HWY_ATTR V TanhOf(D d, V x) {
  const V one = hn::Set(d, 1.0f);
  const V e = ExpOfNegative(d, hn::Mul(hn::Abs(x), hn::Set(d, -2.0f)));
  return hn::CopySign(hn::Div(hn::Sub(one, e), hn::Add(one, e)), x);
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
