// Attention of one head over one text, by the implementation that is faster for its length.
#pragma once

#include <cstdint>

#include "kernels/attention.h"
#include "kernels/operand.h"
#include "ops/matmul.h"

namespace valence::internal {

// In bf16 oneDNN computes the two products of texts with at least this many tokens; for shorter ones its overhead is
// larger than its gain. In f32 our own kernel is at least as fast at every length. Measured by
// benchmarks/attention_benchmark.
inline constexpr std::int64_t kMatmulAttentionTokens = 32;

// The first `queries` tokens of a text attend to all of it: one, or all. The way depends on both numbers alone, so the
// bits do too.
//   q: [queries, head_dim], k, v: [keys, head_dim] -> columns `column`.. of out: [queries, head_dim]
// On AMX tiles `out` may be in tiles; it has plain rows else.
template <class T>
void AttendText(std::int64_t queries, std::int64_t keys, std::int64_t head_dim, HeadRows<const T> q,
                HeadRows<const T> k, HeadRows<const T> v, OperandView<T> out, std::int64_t column,
                MatmulContext& matmul, AttentionScratch& scratch);

// The implementation for long texts, for any length.
void AttendByMatmul(std::int64_t tokens, std::int64_t head_dim, HeadRows<const BFloat16> q, HeadRows<const BFloat16> k,
                    HeadRows<const BFloat16> v, HeadRows<BFloat16> out, MatmulContext& matmul,
                    AttentionScratch& scratch);

}  // namespace valence::internal
