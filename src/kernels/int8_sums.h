// The way from the sums of s8 products back to f32, as fixed as that to s8 (int8_rows.h).
#pragma once

#include <cstddef>
#include <cstdint>

#include "kernels/int8_rows.h"
#include "kernels/matmul.h"

namespace valence::internal {

// dst = post_op(product of the row * column scale + bias) for at most kInt8Panel columns.
struct Int8Sums {
  std::int64_t rows, columns;
  const std::int32_t* sums;  // [rows, kInt8Panel]
  const std::byte* src;      // [rows], src_bytes apart: the s8 rows that were multiplied, for their headers
  std::int64_t src_bytes;
  const std::byte* panel;  // that they were multiplied with
  const float* scales;     // [columns]
  const float* bias;       // [columns]; null: add to what dst holds
  PostOp post_op;
  float* dst;  // [rows, columns], rows dst_stride apart
  std::int64_t dst_stride;
};

// Rows [first, first + count) of them.
void Dequantize(const Int8Sums& sums, std::int64_t first, std::int64_t count);

}  // namespace valence::internal
