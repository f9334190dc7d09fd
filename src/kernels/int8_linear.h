// Linear layers on s8 rows, with s8 weights: a scale for each output channel.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "cpu/activation.h"
#include "cpu/aligned_buffer.h"
#include "kernels/int8_product.h"
#include "kernels/int8_rows.h"
#include "kernels/int8_weights.h"
#include "kernels/matmul.h"

namespace valence::internal {

// Immutable once built; may run on any number of threads at once.
class Int8Linear {
 public:
  Int8Linear() = default;
  // weight: [out, in], bias: [out]. Packs a copy. Throws std::bad_alloc.
  Int8Linear(const Int8Weights& weight, const float* bias);

  // dst = columns [begin, end) of post_op(src * weight^T + bias); `begin` is a multiple of kInt8Panel, `end` too or
  // `out`.
  //   src: [rows] of Int8RowBytes(in), quantised for `product` -> dst: [rows, end - begin], rows `stride` apart
  // An element's bits depend on its row of src alone. On tiles src has readable rows up to a multiple of
  // product.RowStep(). Allocates nothing.
  void Run(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin, std::int64_t end,
           PostOp post_op, float* dst, std::int64_t stride, const WeightPrefetch& prefetch = {}) const;

  const Int8Matrix& matrix() const { return matrix_; }

 private:
  std::int64_t in_ = 0;
  Int8Matrix matrix_;
  AlignedBuffer<float> scales_, bias_;  // [out]
};

// dst = second(activation(first(src))), in parts of kPart inner columns: each part of a row is quantised with a scale
// of its own, so the inner activations of a few rows need not leave the caches. Immutable as above.
class Int8FeedForward {
 public:
  static constexpr std::int64_t kPart = 384;

  Int8FeedForward() = default;
  // first: [inner, dim], second: [dim, inner], and their biases. Packs copies. Throws std::bad_alloc.
  Int8FeedForward(const Int8Weights& first, const float* first_bias, const Int8Weights& second,
                  const float* second_bias, Activation activation);

  // What the calls below need for `rows` rows. The workspaces of two calls for n and m rows may lie side by side in one
  // for n + m, if n is a multiple of 16 or products are not computed on tiles.
  std::size_t WorkspaceBytes(std::int64_t rows) const;

  //   src: [rows] of Int8RowBytes(dim), quantised for `product` -> dst: [rows, dim]; workspace: 64-byte aligned
  // `next`: the weights that the thread reads after these; null: not known.
  void Run(const Int8Product& product, std::int64_t rows, const std::byte* src, float* dst, std::byte* workspace,
           const std::byte* next = nullptr) const;

  // The same bits in three steps, for a team whose members share the workspace and meet between the steps: columns
  // [begin, end) of the inner activations; rows [begin, end) of them to s8; columns [begin, end) of dst. Shares of
  // columns begin and end at multiples of kInt8Panel or the last column.
  void RunFirst(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                std::int64_t end, std::byte* workspace, const std::byte* next = nullptr) const;
  void QuantizeInner(const Int8Product& product, std::int64_t rows, std::int64_t begin, std::int64_t end,
                     std::byte* workspace) const;
  void RunSecond(const Int8Product& product, std::int64_t rows, std::int64_t begin, std::int64_t end, float* dst,
                 const std::byte* workspace, const std::byte* next = nullptr) const;

  const Int8Matrix& first() const { return first_.matrix(); }
  // That of the first part.
  const Int8Matrix& second() const { return parts_.front().second; }

 private:
  // Rows that run through a part at once on tiles. Of 768 columns, the inner activations of 64 rows take 250 kB beside
  // 1.2 MB of weights in the second cache.
  static constexpr std::int64_t kTileGroup = 64;

  // Inner columns [first, first + columns).
  struct Part {
    std::int64_t first, columns;
    Int8Matrix second;  // [columns, dim]
  };

  // Inner columns [begin, end) of the first layer and the activation. inner: [rows, end - begin], rows `stride` apart
  void RunInner(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                std::int64_t end, float* inner, std::int64_t stride, const WeightPrefetch& prefetch) const;
  void AddPart(const Int8Product& product, const Part& part, std::int64_t rows, const std::byte* src,
               std::int64_t begin, std::int64_t end, float* dst, const WeightPrefetch& prefetch) const;
  // Rows [row, row + count) of Run, for one part.
  void RunPart(const Int8Product& product, std::size_t number, std::int64_t row, std::int64_t count,
               const std::byte* src, float* dst, std::byte* workspace, const WeightPrefetch& first,
               const WeightPrefetch& second) const;

  std::int64_t dim_ = 0, inner_ = 0;
  Activation activation_ = Activation::kLinear;
  Int8Linear first_;
  std::vector<Part> parts_;
  AlignedBuffer<float> scales_, bias_;  // [dim], of the second layer
};

}  // namespace valence::internal
