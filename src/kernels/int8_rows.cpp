// Largest magnitudes, rounding, scaling and activations of s8 rows, compiled for several instruction sets.
#include "kernels/int8_rows.h"

#include <algorithm>
#include <bit>
#include <cmath>
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

// work(vector) for all values of a row, with zeros behind the last.
template <class Work>
HWY_ATTR void ForEachVector(std::int64_t columns, const float* row, const Work& work) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  HWY_UNROLL(4)
  for (; i + lanes <= columns; i += lanes) work(hn::LoadU(d, row + i));
  if (i < columns) work(LoadSome(d, row + i, static_cast<std::size_t>(columns - i)));
}

constexpr std::int32_t kMagnitude = 0x7fffffff, kInfinityBits = 0x7f800000;

// The bits of the largest magnitude: as integers they are ordered like the values, NaN behind infinity.
HWY_ATTR std::int32_t LargestBits(std::int64_t columns, const float* row) {
  const hn::RebindToSigned<Floats> integers;
  const auto magnitude = hn::Set(integers, kMagnitude);
  auto largest = hn::Zero(integers);
  ForEachVector(columns, row, [&](FloatVector x) HWY_ATTR {
    largest = hn::Max(largest, hn::And(hn::BitCast(integers, x), magnitude));
  });
  return hn::GetLane(hn::MaxOfLanes(integers, largest));
}

// The same of the two largest magnitudes, which may be equal.
struct TwoLargest {
  std::int32_t first, second;
};
HWY_ATTR TwoLargest TwoLargestBits(std::int64_t columns, const float* row) {
  const hn::RebindToSigned<Floats> integers;
  const auto magnitude = hn::Set(integers, kMagnitude);
  auto first = hn::Zero(integers), second = first;
  ForEachVector(columns, row, [&](FloatVector x) HWY_ATTR {
    const auto bits = hn::And(hn::BitCast(integers, x), magnitude);
    second = hn::Max(second, hn::Min(first, bits));
    first = hn::Max(first, bits);
  });
  HWY_ALIGN std::int32_t of_lanes[HWY_MAX_BYTES / sizeof(std::int32_t)];
  hn::Store(first, integers, of_lanes);
  TwoLargest found{0, hn::GetLane(hn::MaxOfLanes(integers, second))};
  for (std::size_t i = 0; i < hn::Lanes(integers); ++i) {
    found.second = std::max(found.second, std::min(found.first, of_lanes[i]));
    found.first = std::max(found.first, of_lanes[i]);
  }
  return found;
}

// Where the first value of that magnitude stands. There is one.
HWY_ATTR std::int64_t FindMagnitude(std::int64_t columns, const float* row, std::int32_t bits) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const FloatVector wanted = hn::Set(d, std::bit_cast<float>(bits));
  for (std::int64_t i = 0; i + lanes <= columns; i += lanes) {
    const auto at = hn::FindFirstTrue(d, hn::Eq(hn::Abs(hn::LoadU(d, row + i)), wanted));
    if (at >= 0) return i + at;
  }
  std::int64_t i = columns / lanes * lanes;
  while (std::abs(row[i]) != std::bit_cast<float>(bits)) ++i;
  return i;
}

// The smallest and the largest value, or 0 where that is smaller or larger. NaN is behind the infinity of its sign.
struct Range {
  float smallest, largest;
};
HWY_ATTR Range FindRange(std::int64_t columns, const float* row) {
  const hn::RebindToSigned<Floats> integers;
  const auto magnitude = hn::Set(integers, kMagnitude);
  auto smallest = hn::Zero(integers), largest = smallest;
  ForEachVector(columns, row, [&](FloatVector x) HWY_ATTR {
    const auto bits = hn::BitCast(integers, x);
    const auto ordered = hn::Xor(bits, hn::And(hn::ShiftRight<31>(bits), magnitude));  // like the values
    smallest = hn::Min(smallest, ordered);
    largest = hn::Max(largest, ordered);
  });
  const std::int32_t low = hn::GetLane(hn::MinOfLanes(integers, smallest));
  return {std::bit_cast<float>(low ^ (low < 0 ? kMagnitude : 0)),
          std::bit_cast<float>(hn::GetLane(hn::MaxOfLanes(integers, largest)))};
}

// s8 = value * factor + zero
HWY_ATTR void RoundRow(std::int64_t columns, const float* row, float factor, float zero, std::uint8_t flip,
                       std::int8_t* to) {
  const Floats d;
  const hn::Rebind<std::int8_t, Floats> bytes;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const FloatVector factors = hn::Set(d, factor), zeros = hn::Set(d, zero);
  const auto flips = hn::Set(bytes, static_cast<std::int8_t>(flip));
  for (std::int64_t i = 0; i < columns; i += lanes) {
    const FloatVector x =
        i + lanes <= columns ? hn::LoadU(d, row + i) : LoadSome(d, row + i, static_cast<std::size_t>(columns - i));
    const auto values = hn::DemoteTo(bytes, hn::NearestInt(hn::MulAdd(x, factors, zeros)));  // saturates
    hn::StoreU(hn::Xor(values, flips), bytes, to + i);  // rows end at multiples of 64 bytes: there is room
  }
}

// Where no value counts but, at most, `rest`.
HWY_ATTR Int8RowHeader ZeroRow(std::int64_t columns, float scale, std::uint8_t flip, std::int8_t* to) {
  std::memset(to, flip, static_cast<std::size_t>(columns));
  return {.scale = scale, .rest = 0, .place = 0, .left = 0, .right = 0};
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kTiny = 0x1p-100f;

HWY_ATTR Int8RowHeader QuantizeSymmetric(std::int64_t columns, const float* row, std::int32_t largest_bits,
                                         std::uint8_t flip, std::int8_t* to) {
  const float largest = std::bit_cast<float>(largest_bits);
  if (largest_bits >= kInfinityBits) return ZeroRow(columns, kNan, flip, to);
  if (largest < kTiny) return ZeroRow(columns, 0.0f, flip, to);
  RoundRow(columns, row, 127.0f / largest, 0.0f, flip, to);
  return {.scale = largest / 127.0f, .rest = 0, .place = 0, .left = 0, .right = 0};
}

HWY_ATTR Int8RowHeader QuantizeLargestApart(std::int64_t columns, const float* row, std::uint8_t flip,
                                            std::int8_t* to) {
  const TwoLargest bits = TwoLargestBits(columns, row);
  if (bits.first >= kInfinityBits) return ZeroRow(columns, kNan, flip, to);
  if (std::bit_cast<float>(bits.first) < kTiny) return ZeroRow(columns, 0.0f, flip, to);
  Int8RowHeader header = QuantizeSymmetric(columns, row, bits.second, flip, to);
  const std::int64_t largest = FindMagnitude(columns, row, bits.first);
  to[largest] = static_cast<std::int8_t>(flip);
  header.rest = row[largest];
  header.place = static_cast<std::int32_t>((1 + largest / 4) * 4 * kInt8Panel);
  header.left = static_cast<std::int32_t>(24 - largest % 4 * 8);
  header.right = 24;
  return header;
}

// scale * (sum - zero * sum of the weights), with the latter as the panel has it.
HWY_ATTR Int8RowHeader QuantizeShifted(std::int64_t columns, const float* row, std::uint8_t flip, std::int8_t* to) {
  const Range range = FindRange(columns, row);
  if (!std::isfinite(range.smallest) || !std::isfinite(range.largest)) return ZeroRow(columns, kNan, flip, to);
  if (std::max(range.largest, -range.smallest) < kTiny) return ZeroRow(columns, 0.0f, flip, to);
  const float scale = range.largest / 255.0f - range.smallest / 255.0f, factor = 1.0f / scale;
  const float zero = std::nearbyint(-range.smallest * factor) - 128.0f;
  RoundRow(columns, row, factor, zero, flip, to);
  return {.scale = scale, .rest = scale * zero / 128.0f, .place = 0, .left = 0, .right = 0};
}

HWY_ATTR void QuantizeAllRows(Int8Scheme scheme, std::int64_t rows, std::int64_t columns, const float* src,
                              std::int64_t stride, std::uint8_t flip, std::byte* dst) {
  for (std::int64_t r = 0; r < rows; ++r, src += stride, dst += Int8RowBytes(columns)) {
    auto* const to = reinterpret_cast<std::int8_t*>(dst + kInt8Header);
    Int8RowHeader header{};
    switch (scheme) {
      case Int8Scheme::kSymmetric:
        header = QuantizeSymmetric(columns, src, LargestBits(columns, src), flip, to);
        break;
      case Int8Scheme::kLargestApart:
        header = QuantizeLargestApart(columns, src, flip, to);
        break;
      case Int8Scheme::kShifted:
        header = QuantizeShifted(columns, src, flip, to);
        break;
    }
    std::memcpy(dst, &header, sizeof(header));
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
    const Int8RowHeader header = Int8HeaderOf(s.src + r * s.src_bytes);
    const FloatVector scale = hn::Set(d, header.scale), rest = hn::Set(d, header.rest);
    const auto* const others = reinterpret_cast<const std::int32_t*>(s.panel + header.place);
    const std::int32_t* const sums = s.sums + r * kInt8Panel;
    float* const dst = s.dst + r * s.dst_stride;
    const float* const before = s.bias != nullptr ? s.bias : dst;
    const auto product = [&](std::int64_t c) HWY_ATTR {
      const auto s32 = hn::ShiftLeftSame(hn::LoadU(integers, others + c), header.left);
      const auto other = hn::ConvertTo(d, hn::ShiftRightSame(s32, header.right));
      return hn::MulAdd(rest, other, hn::Mul(hn::ConvertTo(d, hn::LoadU(integers, sums + c)), scale));
    };
    std::int64_t c = 0;
    HWY_UNROLL(4)
    for (; c + lanes <= s.columns; c += lanes) {
      const FloatVector y = hn::MulAdd(product(c), hn::LoadU(d, s.scales + c), hn::LoadU(d, before + c));
      hn::StoreU(Finish<kPostOp>(y), d, dst + c);
    }
    if (c < s.columns) {
      const auto rest_of_columns = static_cast<std::size_t>(s.columns - c);
      const FloatVector y =
          hn::MulAdd(product(c), LoadSome(d, s.scales + c, rest_of_columns), LoadSome(d, before + c, rest_of_columns));
      StoreSome(d, Finish<kPostOp>(y), dst + c, rest_of_columns);
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

Int8RowHeader Int8HeaderOf(const std::byte* row) {
  Int8RowHeader header;
  std::memcpy(&header, row, sizeof(header));
  return header;
}

void QuantizeRows(Int8Scheme scheme, std::int64_t rows, std::int64_t columns, const float* src, std::int64_t stride,
                  std::uint8_t flip, std::byte* dst) {
  HWY_DYNAMIC_DISPATCH(QuantizeAllRows)(scheme, rows, columns, src, stride, flip, dst);
}

void Dequantize(const Int8Sums& sums) { HWY_DYNAMIC_DISPATCH(DequantizePanel)(sums); }

}  // namespace valence::internal
#endif
