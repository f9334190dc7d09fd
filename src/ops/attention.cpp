// On tiles where products run on them; else by our vector kernel or, for long texts in bf16, by oneDNN: the head's
// columns copied side by side, as oneDNN wants them, then two matmuls with a softmax between.
#include "ops/attention.h"

#include <algorithm>
#include <cmath>

#include "cpu/amx.h"
#include "kernels/amx/kernels.h"
#include "ops/implementation.h"

namespace valence::internal {
namespace {

// to: [tokens, head_dim], contiguous
void CopyHead(std::int64_t tokens, std::int64_t head_dim, HeadRows<const BFloat16> from, BFloat16* to) {
  for (std::int64_t i = 0; i < tokens; ++i) std::copy_n(from.data + i * from.stride, head_dim, to + i * head_dim);
}

}  // namespace

void AttendByMatmul(std::int64_t tokens, std::int64_t head_dim, HeadRows<const BFloat16> q, HeadRows<const BFloat16> k,
                    HeadRows<const BFloat16> v, HeadRows<BFloat16> out, MatmulContext& matmul,
                    AttentionScratch& scratch) {
  const std::int64_t rows = OneDnnRowBucket(tokens);
  // Sizes in floats, of whole cache lines.
  const auto floats = [](std::int64_t count) { return (count + 15) / 16 * 16; };
  const std::int64_t head = floats(rows * head_dim), square = floats(rows * rows);
  float* const context = scratch.Floats(static_cast<std::size_t>(4 * head + 2 * square + floats(rows)));
  auto* const queries = reinterpret_cast<BFloat16*>(context + head);               // [rows, head_dim]
  auto* const keys = reinterpret_cast<BFloat16*>(context + 2 * head);              // [rows, head_dim]
  auto* const values = reinterpret_cast<BFloat16*>(context + 3 * head);            // [rows, head_dim]
  float* const scores = context + 4 * head;                                        // [rows, rows]
  auto* const weights = reinterpret_cast<BFloat16*>(context + 4 * head + square);  // [rows, rows]
  float* const factors = context + 4 * head + 2 * square;                          // [rows]

  CopyHead(tokens, head_dim, q, queries);
  CopyHead(tokens, head_dim, k, keys);
  CopyHead(tokens, head_dim, v, values);
  // Keys after the last one have weight zero, but zero times NaN is NaN: so their values must be finite.
  std::fill(values + tokens * head_dim, values + rows * head_dim, BFloat16());

  OneDnnMultiply(matmul.one_dnn(), DataType::kBf16, rows, head_dim, rows, queries, keys, /*b_transposed=*/true, scores);
  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  Softmax(tokens, tokens, rows, scale, scores, weights, factors);
  OneDnnMultiply(matmul.one_dnn(), DataType::kBf16, rows, rows, head_dim, weights, values, /*b_transposed=*/false,
                 context);
  ScaleRows(tokens, head_dim, context, factors, out);
}

template <>
void AttendText(std::int64_t queries, std::int64_t keys, std::int64_t head_dim, HeadRows<const BFloat16> q,
                HeadRows<const BFloat16> k, HeadRows<const BFloat16> v, OperandView<BFloat16> out, std::int64_t column,
                MatmulContext& matmul, AttentionScratch& scratch) {
  if (OnTiles(DataType::kBf16)) {
    const AmxTileScope tiles;  // the caller's, where it has one
    float* const memory = scratch.Floats(amx::AttentionFloats(keys, head_dim));
    return amx::KernelsHere().attend(
        {queries, keys, head_dim, q.data, q.stride, k.data, v.data, k.stride, out, column, memory});
  }
  const HeadRows<BFloat16> context{out.Row(0) + column, out.row_stride};
  if (queries == keys && keys >= kMatmulAttentionTokens) {
    return AttendByMatmul(keys, head_dim, q, k, v, context, matmul, scratch);
  }
  Attention(queries, keys, head_dim, q, k, v, context, scratch);
}

template <>
void AttendText(std::int64_t queries, std::int64_t keys, std::int64_t head_dim, HeadRows<const float> q,
                HeadRows<const float> k, HeadRows<const float> v, OperandView<float> out, std::int64_t column,
                MatmulContext& /*matmul*/, AttentionScratch& scratch) {
  Attention(queries, keys, head_dim, q, k, v, {out.Row(0) + column, out.row_stride}, scratch);
}

}  // namespace valence::internal
