// Layer norm with what comes before it, in one pass a row. Written once, compiled for several instruction sets.
#pragma once

#include <cstdint>

#include "cpu/bfloat16.h"
#include "kernels/operand.h"

namespace valence::internal {

struct NormParameters {
  const float* gamma;  // [dim]
  const float* beta;   // [dim]
  float epsilon;       // added to the variance
};

// hidden = LayerNorm(hidden + update), in place; operand = hidden in the type that the next matmul reads. A row's bits
// are the same on every instruction set with fused multiply-add.
//   hidden: [rows, dim], update: [rows, dim], for bf16 operands also null: nothing to add; operand: [rows, dim]
template <class T>
void AddNorm(std::int64_t rows, std::int64_t dim, const float* update, const NormParameters& norm, float* hidden,
             OperandView<T> operand);

// hidden = LayerNorm(words[ids] + positions), operand as above.
//   ids: [rows], position_of: [rows], words: [vocab_size, dim], positions: [max_positions, dim]
// There is one for f32 operands with words of either type, and one for bf16 operands and words.
template <class Words, class T>
void EmbedNorm(std::int64_t rows, std::int64_t dim, const std::int32_t* ids, const std::int32_t* position_of,
               const Words* words, const float* positions, const NormParameters& norm, float* hidden,
               OperandView<T> operand);

// The instruction set that the kernels run on here, in Highway's words: "AVX3", "AVX2", ..
const char* KernelTarget();

}  // namespace valence::internal
