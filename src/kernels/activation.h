// Activation functions of finished products. Written once, compiled for several instruction sets.
#pragma once

#include <cstdint>

#include "cpu/activation.h"
#include "cpu/bfloat16.h"

namespace valence::internal {

// All work in place, keep NaN, and give a value the same bits wherever it stands and on every CPU with FMA.

// Those of the head. oneDNN's ReLU turns NaN into 0, which would make a confident answer of a broken model.
void Relu(std::int64_t count, float* values);
void Tanh(std::int64_t count, float* values);  // within 1e-6

// Those of the feed-forward layers, computed in f32: within a few units in the last place of the exact value, those
// made of erf within 2e-7 (|x| + 1). Where the formula of transformers has no limit at an infinity (-inf * 0) the
// result is NaN, as there. Anything below e^-87 may count as 0.
void Activate(Activation activation, std::int64_t count, float* values);
void Activate(Activation activation, std::int64_t count, BFloat16* values);

}  // namespace valence::internal
