// Matrices of weights in s8, before they are packed.
#pragma once

#include <cstdint>
#include <span>

#include "cpu/aligned_buffer.h"

namespace valence::internal {

// value = scale of the row * s8
struct Int8Weights {
  // Uninitialised. Throws std::bad_alloc.
  Int8Weights(std::int64_t rows, std::int64_t columns);
  // values: [rows, columns]; each row as by QuantizeWeights.
  Int8Weights(std::int64_t rows, std::int64_t columns, const float* values);

  std::span<std::int8_t> Row(std::int64_t row) {
    return values.span().subspan(static_cast<std::size_t>(row * columns), static_cast<std::size_t>(columns));
  }

  std::int64_t rows, columns;
  AlignedBuffer<std::int8_t> values;  // [rows, columns], -128 to 127
  AlignedBuffer<float> scales;        // [rows], positive
};

// Rounds a row to -127 to 127, half to even, with its largest magnitude / 127 as the scale, and returns that. A row
// below 2^-100 becomes zeros with the scale 1. The scale is NaN where a value is NaN or infinite.
float QuantizeWeights(std::span<const float> row, std::span<std::int8_t> to);

}  // namespace valence::internal
