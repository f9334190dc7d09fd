// The way from f32 to s8 rows. A fixed sequence of IEEE operations an element: the same bits on every CPU with AVX2 and
// fused multiply-add.
#pragma once

#include <cstddef>
#include <cstdint>

namespace valence::internal {

// Columns of a product are computed in panels of so many.
inline constexpr std::int64_t kInt8Panel = 64;

// A row of s8 values carries what brings its products back to f32: an Int8RowHeader, unused bytes up to kInt8Header,
// then the values.
inline constexpr std::int64_t kInt8Header = 64;
constexpr std::int64_t Int8RowBytes(std::int64_t columns) { return kInt8Header + (columns + 63) / 64 * 64; }

// What the s8 values of a row leave out: value * other, for each column of weights, before the scale of that column.
// `other` is an integer in the column's panel (int8_product.h): one of its weights, or -128 times their sum.
struct Int8Rest {
  float value;
  std::int32_t place;        // in bytes, from the panel's begin to `other` of its first column; 0: the columns' sums
  std::int32_t left, right;  // by so many bits is the s32 there shifted left, then right, to leave the one weight
};

// Product of the row in f32 = scale * sum + both rests, in their order. A second rest of 0 is not added.
struct Int8RowHeader {
  float scale;
  Int8Rest rests[2];
};

Int8RowHeader Int8HeaderOf(const std::byte* row);

// How a row becomes s8: so that most of it has small steps.
enum class Int8Scheme {
  // value = scale * s8, scale = largest magnitude / 127. For weights.
  kSymmetric,
  // The same without the values of largest magnitude (the first ones), which count in f32: s8 is 0 there, and the scale
  // is that of the largest that is left. One value, or two of a row of more than kOneApart: behind a norm one or two
  // channels are often several times as large as all others.
  kLargestApart,
  // value = scale * (s8 - zero), zero an integer, scale = (largest value - smallest value, 0 being one of them) / 255.
  // Behind an activation: GELU leaves little below 0.
  kShifted,
};

inline constexpr std::int64_t kOneApart = 512;

// Values are rounded half to even; s8 is in -127..127, or -128..127 where shifted. A row whose largest magnitude is
// below 2^-100 counts as zeros. One with NaN or infinity gets the scale NaN, so all that is computed from it is NaN.
//   src: [rows, columns], rows `stride` apart -> dst: [rows] of Int8RowBytes(columns), each value XORed with `flip`
void QuantizeRows(Int8Scheme scheme, std::int64_t rows, std::int64_t columns, const float* src, std::int64_t stride,
                  std::uint8_t flip, std::byte* dst);

}  // namespace valence::internal
