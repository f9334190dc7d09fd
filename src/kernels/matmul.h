// Matrix product with packed f32 weights, for CPUs below AVX-512: there oneDNN 2.6 packs the weights anew in each call,
// allocates memory while it does, and runs activation functions on the finished product.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/aligned_buffer.h"
#include "cpu/bfloat16.h"
#include "cpu/linear_spec.h"

namespace valence::internal {

// Immutable once built; may be multiplied by on any number of threads at once.
class PackedMatrix {
 public:
  // Columns lie in panels of so many, the rows of a panel in blocks. A team shares the columns out by whole panels.
  static constexpr std::int64_t kPanel = 16;

  PackedMatrix() = default;
  // weight: [out, in], bias: [out]. Copies both. Throws std::bad_alloc.
  PackedMatrix(std::int64_t in, std::int64_t out, const float* weight, const float* bias);

  // Columns [begin, end) of dst = post_op(src * weight^T + bias); `begin` is a multiple of kPanel, `end` too or `out`.
  //   src: [rows, in] -> dst: [rows, out]; workspace: [WorkspaceSize(rows)]
  // An element's bits depend on its row of src alone. Allocates nothing.
  void Multiply(std::int64_t rows, const float* src, std::int64_t begin, std::int64_t end, PostOp post_op, float* dst,
                float* workspace) const;

  std::size_t WorkspaceSize(std::int64_t rows) const;

 private:
  std::int64_t in_ = 0, out_ = 0;
  // [blocks][panels][rows of the block, kPanel], zeros behind the last column; in bf16 where that has the same values.
  AlignedBuffer<float> weight_;
  AlignedBuffer<BFloat16> narrow_;
  AlignedBuffer<float> bias_;  // [panels, kPanel]
};

}  // namespace valence::internal
