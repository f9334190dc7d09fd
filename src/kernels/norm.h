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

// Word embeddings in s8: value = scale of the row * s8.
struct Int8Words {
  const std::int8_t* values;  // [vocab_size, dim]
  const float* scales;        // [vocab_size]
};

// hidden = LayerNorm(words[ids] + positions), operand as above.
//   ids: [rows], position_of: [rows], words: [vocab_size, dim], positions: [max_positions, dim]
// Words: const float*, const BFloat16* or Int8Words. There is one for f32 operands with words of each type, and one for
// bf16 operands and words.
template <class Words, class T>
void EmbedNorm(std::int64_t rows, std::int64_t dim, const std::int32_t* ids, const std::int32_t* position_of,
               Words words, const float* positions, const NormParameters& norm, float* hidden, OperandView<T> operand);

// The instruction set that the kernels run on here, in Highway's words: "AVX3", "AVX2", ..
const char* KernelTarget();

}  // namespace valence::internal
