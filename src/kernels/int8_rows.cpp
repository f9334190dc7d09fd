// Largest magnitudes and rounding of s8 rows, compiled for several instruction sets.
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
constexpr std::uint32_t kSign = 0x80000000;

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
  // The bits of floats are ordered like the positive values as signed integers, and as unsigned ones all negative
  // values are behind the positive, in the order of their magnitude.
  const hn::RebindToSigned<Floats> integers;
  const hn::RebindToUnsigned<Floats> words;
  auto largest = hn::Zero(integers);
  auto smallest = hn::Zero(words);
  ForEachVector(columns, row, [&](FloatVector x) HWY_ATTR {
    largest = hn::Max(largest, hn::BitCast(integers, x));
    smallest = hn::Max(smallest, hn::BitCast(words, x));
  });
  const std::uint32_t low = hn::GetLane(hn::MaxOfLanes(words, smallest));
  return {low >= kSign ? std::bit_cast<float>(low) : 0.0f,
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
  const auto round = [&](FloatVector x, std::int64_t i) HWY_ATTR {
    const auto values = hn::DemoteTo(bytes, hn::NearestInt(hn::MulAdd(x, factors, zeros)));  // saturates
    hn::StoreU(hn::Xor(values, flips), bytes, to + i);  // rows end at multiples of 64 bytes: there is room
  };
  std::int64_t i = 0;
  HWY_UNROLL(4)
  for (; i + lanes <= columns; i += lanes) round(hn::LoadU(d, row + i), i);
  if (i < columns) round(LoadSome(d, row + i, static_cast<std::size_t>(columns - i)), i);
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

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(QuantizeAllRows);

Int8RowHeader Int8HeaderOf(const std::byte* row) {
  Int8RowHeader header;
  std::memcpy(&header, row, sizeof(header));
  return header;
}

void QuantizeRows(Int8Scheme scheme, std::int64_t rows, std::int64_t columns, const float* src, std::int64_t stride,
                  std::uint8_t flip, std::byte* dst) {
  HWY_DYNAMIC_DISPATCH(QuantizeAllRows)(scheme, rows, columns, src, stride, flip, dst);
}

}  // namespace valence::internal
#endif
