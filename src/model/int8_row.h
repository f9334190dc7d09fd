// Weights to s8: while a model is loaded, and while a folder in int8 is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "files/model_tensors.h"

namespace valence::internal {

// Row `row` of a matrix, as it is in the file or quantised here, to `to`. Returns its scale: NaN where a value is NaN
// or infinite.
float ReadInt8Row(const NamedTensor& weight, std::size_t row, std::span<std::int8_t> to);

// The same. Throws Error kUnsupportedModel naming tensor and element for a value that is NaN or infinite.
float ReadFiniteInt8Row(const NamedTensor& weight, std::size_t row, std::span<std::int8_t> to);

}  // namespace valence::internal
