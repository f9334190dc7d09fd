// The way from f32 to s8 rows, and from the sums of their products back to f32. A fixed sequence of IEEE operations an
// element: the same bits on every CPU with AVX2 and fused multiply-add.
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/matmul.h"

namespace valence::internal {

// Columns of a product are computed in panels of so many.
inline constexpr std::int64_t kInt8Panel = 64;

// A row of s8 values carries its scale: f32 scale, unused bytes up to kInt8Header, then the values.
inline constexpr std::int64_t kInt8Header = 64;
constexpr std::int64_t Int8RowBytes(std::int64_t columns) { return kInt8Header + (columns + 63) / 64 * 64; }

float Int8Scale(const std::byte* row);

// value = scale * s8. The scale is the row's largest magnitude / 127, and s8 is rounded half to even: it is in
// -127..127. A row below 2^-100 counts as zeros. One with NaN or infinity gets the scale NaN, so all that is computed
// from it is NaN.
//   src: [rows, columns], rows `stride` apart -> dst: [rows] of Int8RowBytes(columns), each value XORed with `flip`
void QuantizeRows(std::int64_t rows, std::int64_t columns, const float* src, std::int64_t stride, std::uint8_t flip,
                  std::byte* dst);

// dst = post_op(sum * row scale * column scale + bias) for at most kInt8Panel columns.
struct Int8Sums {
  std::int64_t rows, columns;
  const std::int32_t* sums;  // [rows, kInt8Panel]
  const std::byte* src;      // [rows], src_bytes apart: the s8 rows that were multiplied, for their scales
  std::int64_t src_bytes;
  const float* scales;  // [columns]
  const float* bias;    // [columns]; null: add to what dst holds
  PostOp post_op;
  float* dst;  // [rows, columns], rows dst_stride apart
  std::int64_t dst_stride;

  // Rows [first, first + count) of these.
  Int8Sums Rows(std::int64_t first, std::int64_t count) const {
    Int8Sums some = *this;
    some.rows = count;
    some.sums += first * kInt8Panel;
    some.src += first * src_bytes;
    some.dst += first * dst_stride;
    return some;
  }
};
void Dequantize(const Int8Sums& sums);

}  // namespace valence::internal
