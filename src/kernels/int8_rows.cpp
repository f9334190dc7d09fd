// Largest magnitudes, rounding, scaling and activations of s8 rows, compiled for several instruction sets.
#include "kernels/int8_rows.h"

#include <bit>
#include <cstring>
#include <limits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/int8_rows.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/math-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {

// The bits of the largest magnitude: as integers they are ordered like the values, NaN behind infinity.
HWY_ATTR std::int32_t LargestBits(std::int64_t columns, const float* row) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto magnitude = hn::Set(integers, 0x7fffffff);
  auto largest = hn::Zero(integers), other = hn::Zero(integers);
  std::int64_t i = 0;
  for (; i + 2 * lanes <= columns; i += 2 * lanes) {
    largest = hn::Max(largest, hn::And(hn::BitCast(integers, hn::LoadU(d, row + i)), magnitude));
    other = hn::Max(other, hn::And(hn::BitCast(integers, hn::LoadU(d, row + i + lanes)), magnitude));
  }
  for (; i < columns; i += lanes) {
    const FloatVector x =
        i + lanes <= columns ? hn::LoadU(d, row + i) : LoadSome(d, row + i, static_cast<std::size_t>(columns - i));
    largest = hn::Max(largest, hn::And(hn::BitCast(integers, x), magnitude));
  }
  return hn::GetLane(hn::MaxOfLanes(integers, hn::Max(largest, other)));
}

HWY_ATTR void QuantizeRow(std::int64_t columns, const float* row, std::uint8_t flip, std::byte* dst) {
  const Floats d;
  const hn::Rebind<std::int8_t, Floats> bytes;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const std::int32_t bits = LargestBits(columns, row);
  auto* const to = reinterpret_cast<std::int8_t*>(dst + kInt8Header);
  const float largest = std::bit_cast<float>(bits);
  if (bits >= 0x7f800000 || largest < 0x1p-100f) {  // the values do not count
    const float scale = bits >= 0x7f800000 ? std::numeric_limits<float>::quiet_NaN() : 0.0f;
    std::memcpy(dst, &scale, sizeof(scale));
    std::memset(to, flip, static_cast<std::size_t>(columns));
    return;
  }
  const float scale = largest / 127.0f, inverse = 127.0f / largest;
  std::memcpy(dst, &scale, sizeof(scale));
  const FloatVector factor = hn::Set(d, inverse);
  const auto flips = hn::Set(bytes, static_cast<std::int8_t>(flip));
  for (std::int64_t i = 0; i < columns; i += lanes) {
    const FloatVector x =
        i + lanes <= columns ? hn::LoadU(d, row + i) : LoadSome(d, row + i, static_cast<std::size_t>(columns - i));
    const auto values = hn::Xor(hn::DemoteTo(bytes, hn::NearestInt(hn::Mul(x, factor))), flips);
    hn::StoreU(values, bytes, to + i);  // rows end at multiples of 64 bytes: there is room behind the last column
  }
}

HWY_ATTR void QuantizeAllRows(std::int64_t rows, std::int64_t columns, const float* src, std::int64_t stride,
                              std::uint8_t flip, std::byte* dst) {
  for (std::int64_t r = 0; r < rows; ++r) {
    QuantizeRow(columns, src + r * stride, flip, dst + r * Int8RowBytes(columns));
  }
}

// GELU within 2e-4, less than a hundredth of a step of the s8 that it is rounded to: x times a polynomial for the
// normal distribution function, which is 0 and 1 outside of (-3.9, 3.9). NaN stays NaN. The coefficients are a minimax
// fit.
template <class D, class V = hn::Vec<D>>
HWY_ATTR V RoughGelu(D d, V x) {
  const V inside = hn::Min(hn::Max(x, hn::Set(d, -3.9f)), hn::Set(d, 3.9f));
  const V square = hn::Mul(inside, inside);
  V sum = hn::Set(d, 2.3504339807800534e-08f);
  for (const float term : {-1.6257340575975832e-06f, 4.831430487683974e-05f, -0.0008159531862474978f,
                           0.008775511756539345f, -0.06456903368234634f, 0.3978746235370636f}) {
    sum = hn::MulAdd(sum, square, hn::Set(d, term));
  }
  return hn::Mul(x, hn::MulAdd(inside, sum, hn::Set(d, 0.5f)));
}

template <PostOp kPostOp>
HWY_ATTR FloatVector Finish(FloatVector x) {
  const Floats d;
  if constexpr (kPostOp == PostOp::kGelu) return RoughGelu(d, x);
  if constexpr (kPostOp == PostOp::kRelu) return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);  // keeps NaN
  return x;
}

template <PostOp kPostOp>
HWY_ATTR void DequantizeBy(const Int8Sums& s) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const FloatVector scale = hn::Set(d, Int8Scale(s.src + r * s.src_bytes));
    const std::int32_t* const sums = s.sums + r * kInt8Panel;
    float* const dst = s.dst + r * s.dst_stride;
    const float* const before = s.bias != nullptr ? s.bias : dst;
    std::int64_t c = 0;
    HWY_UNROLL(4)
    for (; c + lanes <= s.columns; c += lanes) {
      const FloatVector x = hn::Mul(hn::ConvertTo(d, hn::LoadU(integers, sums + c)), scale);
      hn::StoreU(Finish<kPostOp>(hn::MulAdd(x, hn::LoadU(d, s.scales + c), hn::LoadU(d, before + c))), d, dst + c);
    }
    if (c < s.columns) {
      const auto rest = static_cast<std::size_t>(s.columns - c);
      const FloatVector x = hn::Mul(hn::ConvertTo(d, hn::LoadU(integers, sums + c)), scale);
      const FloatVector y = hn::MulAdd(x, LoadSome(d, s.scales + c, rest), LoadSome(d, before + c, rest));
      StoreSome(d, Finish<kPostOp>(y), dst + c, rest);
    }
  }
}

HWY_ATTR void DequantizePanel(const Int8Sums& sums) {
  switch (sums.post_op) {
    case PostOp::kNone:
      return DequantizeBy<PostOp::kNone>(sums);
    case PostOp::kGelu:
      return DequantizeBy<PostOp::kGelu>(sums);
    case PostOp::kRelu:
      return DequantizeBy<PostOp::kRelu>(sums);
  }
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(QuantizeAllRows);
HWY_EXPORT(DequantizePanel);

float Int8Scale(const std::byte* row) {
  float scale;
  std::memcpy(&scale, row, sizeof(scale));
  return scale;
}

void QuantizeRows(std::int64_t rows, std::int64_t columns, const float* src, std::int64_t stride, std::uint8_t flip,
                  std::byte* dst) {
  HWY_DYNAMIC_DISPATCH(QuantizeAllRows)(rows, columns, src, stride, flip, dst);
}

void Dequantize(const Int8Sums& sums) { HWY_DYNAMIC_DISPATCH(DequantizePanel)(sums); }

}  // namespace valence::internal
#endif
