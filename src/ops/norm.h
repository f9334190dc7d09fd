// The model's layer norm: its weights, and the passes over rows (AddNorm, EmbedNorm) of kernels/norm.h.
#pragma once

#include "cpu/aligned_buffer.h"
#include "kernels/norm.h"

namespace valence::internal {

struct NormWeights {
  AlignedBuffer<float> gamma;  // [dim]
  AlignedBuffer<float> beta;   // [dim]
  float epsilon = 0;

  NormParameters parameters() const { return {gamma.data(), beta.data(), epsilon}; }
};

}  // namespace valence::internal
