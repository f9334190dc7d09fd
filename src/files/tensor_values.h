// The elements of a tensor in the type that the library computes with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "files/model_tensors.h"

namespace valence::internal {

// Elements [first, first + to.size()) in f32. Those of I8 are multiplied by the scales of their rows.
void ReadValues(const NamedTensor& tensor, std::size_t first, std::span<float> to);

// The elements of a tensor of I8 as they are in the file.
std::span<const std::int8_t> Int8Values(const NamedTensor& tensor);

}  // namespace valence::internal
