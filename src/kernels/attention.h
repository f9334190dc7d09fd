// Scaled dot-product attention of one head over one sequence: softmax(q k^T / sqrt(head_dim)) v.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/aligned_buffer.h"
#include "cpu/bfloat16.h"

namespace valence::internal {

// Rows of one head inside wider rows: row i starts at data + i * stride.
template <class T>
struct HeadRows {
  T* data;              // [rows, head_dim]
  std::int64_t stride;  // elements from one row to the next
};

// Working memory of one thread, grown to the largest call so far.
class AttentionScratch {
 public:
  // At least `count` floats. Growing loses their values.
  float* Floats(std::size_t count) {
    if (count > floats_.size()) floats_ = AlignedBuffer<float>(count);
    return floats_.data();
  }

 private:
  AlignedBuffer<float> floats_;
};

// Attention of query_rows of q to key_rows of k and v; all arithmetic in f32.
//   q: [query_rows, head_dim], k, v: [key_rows, head_dim] -> out: [query_rows, head_dim]
template <class T>
void Attention(std::int64_t query_rows, std::int64_t key_rows, std::int64_t head_dim, HeadRows<const T> q,
               HeadRows<const T> k, HeadRows<const T> v, HeadRows<T> out, AttentionScratch& scratch);

// The steps between and after the two products, for products by a matmul library.

// weights = exp(scale * (scores - the row's largest)) for `keys` columns, zeros after them; factors = 1 / row sums.
//   scores: [rows, padded_keys] f32, weights: [rows, padded_keys], factors: [rows]
void Softmax(std::int64_t rows, std::int64_t keys, std::int64_t padded_keys, float scale, const float* scores,
             BFloat16* weights, float* factors);

// out = context * factor, row by row.   context: [rows, columns], factors: [rows], out: [rows, columns]
void ScaleRows(std::int64_t rows, std::int64_t columns, const float* context, const float* factors,
               HeadRows<BFloat16> out);

}  // namespace valence::internal
