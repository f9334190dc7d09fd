// Activation functions of finished products. Written once, compiled for several instruction sets.
#pragma once

#include <cstdint>

namespace valence::internal {

// Both work in place, keep NaN, and give a value the same bits wherever it stands and on every CPU with FMA.
// oneDNN's ReLU turns NaN into 0, which would make a confident answer of a broken model.
void Relu(std::int64_t count, float* values);
void Tanh(std::int64_t count, float* values);  // within 1e-6

}  // namespace valence::internal
