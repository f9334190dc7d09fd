// Largest magnitudes, rounding, scaling and activations of s8 rows, compiled for several instruction sets.
#include "kernels/int8_rows.h"

#include <algorithm>
#include <array>
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

// The bits of the kCount largest magnitudes, in order; equal ones count each. As integers they are ordered like the
// values, NaN behind infinity.
template <int kCount>
HWY_ATTR std::array<std::int32_t, kCount> LargestBits(std::int64_t columns, const float* row) {
  const hn::RebindToSigned<Floats> integers;
  const auto magnitude = hn::Set(integers, kMagnitude);
  // The largest of each lane, in order: each takes the larger value and hands on the other.
  hn::Vec<decltype(integers)> largest[kCount];
  HWY_UNROLL(3)
  for (auto& each : largest) each = hn::Zero(integers);
  ForEachVector(columns, row, [&](FloatVector x) HWY_ATTR {
    auto bits = hn::And(hn::BitCast(integers, x), magnitude);
    HWY_UNROLL(3)
    for (auto& each : largest) {
      const auto smaller = hn::Min(each, bits);
      each = hn::Max(each, bits);
      bits = smaller;
    }
  });
  std::array<std::int32_t, kCount> found{};
  found.back() = hn::GetLane(hn::MaxOfLanes(integers, largest[kCount - 1]));
  for (int i = 0; i + 1 < kCount; ++i) {
    HWY_ALIGN std::int32_t of_lanes[HWY_MAX_BYTES / sizeof(std::int32_t)];
    hn::Store(largest[i], integers, of_lanes);
    for (std::size_t lane = 0; lane < hn::Lanes(integers); ++lane) {
      std::int32_t bits = of_lanes[lane];
      for (std::int32_t& each : found) {
        const std::int32_t smaller = std::min(each, bits);
        each = std::max(each, bits);
        bits = smaller;
      }
    }
  }
  return found;
}

// Where the first value of that magnitude stands, from `first` on. There is one.
HWY_ATTR std::int64_t FindMagnitude(std::int64_t columns, const float* row, std::int32_t bits, std::int64_t first) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const FloatVector wanted = hn::Set(d, std::bit_cast<float>(bits));
  std::int64_t i = first;
  for (; i + lanes <= columns; i += lanes) {
    const auto at = hn::FindFirstTrue(d, hn::Eq(hn::Abs(hn::LoadU(d, row + i)), wanted));
    if (at >= 0) return i + at;
  }
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

// Where no value counts.
HWY_ATTR Int8RowHeader ZeroRow(std::int64_t columns, float scale, std::uint8_t flip, std::int8_t* to) {
  std::memset(to, flip, static_cast<std::size_t>(columns));
  return {.scale = scale, .rests = {}};
}

constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kTiny = 0x1p-100f;

HWY_ATTR Int8RowHeader QuantizeSymmetric(std::int64_t columns, const float* row, std::int32_t largest_bits,
                                         std::uint8_t flip, std::int8_t* to) {
  const float largest = std::bit_cast<float>(largest_bits);
  if (largest_bits >= kInfinityBits) return ZeroRow(columns, kNan, flip, to);
  if (largest < kTiny) return ZeroRow(columns, 0.0f, flip, to);
  RoundRow(columns, row, 127.0f / largest, 0.0f, flip, to);
  return {.scale = largest / 127.0f, .rests = {}};
}

template <int kApart>
HWY_ATTR Int8RowHeader QuantizeLargestApart(std::int64_t columns, const float* row, std::uint8_t flip,
                                            std::int8_t* to) {
  const auto bits = LargestBits<kApart + 1>(columns, row);
  if (bits[0] >= kInfinityBits) return ZeroRow(columns, kNan, flip, to);
  if (std::bit_cast<float>(bits[0]) < kTiny) return ZeroRow(columns, 0.0f, flip, to);
  Int8RowHeader header = QuantizeSymmetric(columns, row, bits[kApart], flip, to);
  std::int64_t at = -1;
  for (int i = 0; i < kApart; ++i) {
    at = FindMagnitude(columns, row, bits[i], i > 0 && bits[i] == bits[i - 1] ? at + 1 : 0);
    to[at] = static_cast<std::int8_t>(flip);
    header.rests[i] = {.value = row[at],
                       .place = static_cast<std::int32_t>((1 + at / 4) * 4 * kInt8Panel),
                       .left = static_cast<std::int32_t>(24 - at % 4 * 8),
                       .right = 24};
  }
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
  return {.scale = scale, .rests = {{.value = scale * zero / 128.0f, .place = 0, .left = 0, .right = 0}}};
}

HWY_ATTR void QuantizeAllRows(Int8Scheme scheme, std::int64_t rows, std::int64_t columns, const float* src,
                              std::int64_t stride, std::uint8_t flip, std::byte* dst) {
  for (std::int64_t r = 0; r < rows; ++r, src += stride, dst += Int8RowBytes(columns)) {
    auto* const to = reinterpret_cast<std::int8_t*>(dst + kInt8Header);
    Int8RowHeader header{};
    switch (scheme) {
      case Int8Scheme::kSymmetric:
        header = QuantizeSymmetric(columns, src, LargestBits<1>(columns, src)[0], flip, to);
        break;
      case Int8Scheme::kLargestApart:
        header = columns > kOneApart ? QuantizeLargestApart<2>(columns, src, flip, to)
                                     : QuantizeLargestApart<1>(columns, src, flip, to);
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

// One row. The rests count in their order.
template <PostOp kPostOp, int kRests>
HWY_ATTR void DequantizeRow(const Int8Sums& s, const Int8RowHeader& header, const std::int32_t* sums, float* dst) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const FloatVector scale = hn::Set(d, header.scale);
  const float* const before = s.bias != nullptr ? s.bias : dst;
  const auto product = [&](std::int64_t c) HWY_ATTR {
    FloatVector sum = hn::Mul(hn::ConvertTo(d, hn::LoadU(integers, sums + c)), scale);
    HWY_UNROLL(2)
    for (int i = 0; i < kRests; ++i) {
      const Int8Rest& rest = header.rests[i];
      const auto* const others = reinterpret_cast<const std::int32_t*>(s.panel + rest.place);
      const auto s32 = hn::ShiftLeftSame(hn::LoadU(integers, others + c), rest.left);
      sum = hn::MulAdd(hn::Set(d, rest.value), hn::ConvertTo(d, hn::ShiftRightSame(s32, rest.right)), sum);
    }
    return sum;
  };
  std::int64_t c = 0;
  HWY_UNROLL(4)
  for (; c + lanes <= s.columns; c += lanes) {
    const FloatVector y = hn::MulAdd(product(c), hn::LoadU(d, s.scales + c), hn::LoadU(d, before + c));
    hn::StoreU(Finish<kPostOp>(y), d, dst + c);
  }
  if (c < s.columns) {
    const auto left = static_cast<std::size_t>(s.columns - c);
    const FloatVector y = hn::MulAdd(product(c), LoadSome(d, s.scales + c, left), LoadSome(d, before + c, left));
    StoreSome(d, Finish<kPostOp>(y), dst + c, left);
  }
}

template <PostOp kPostOp>
HWY_ATTR void DequantizeBy(const Int8Sums& s) {
  for (std::int64_t r = 0; r < s.rows; ++r) {
    const Int8RowHeader header = Int8HeaderOf(s.src + r * s.src_bytes);
    const std::int32_t* const sums = s.sums + r * kInt8Panel;
    float* const dst = s.dst + r * s.dst_stride;
    if (header.rests[1].value != 0) {
      DequantizeRow<kPostOp, 2>(s, header, sums, dst);
    } else {
      DequantizeRow<kPostOp, 1>(s, header, sums, dst);
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
