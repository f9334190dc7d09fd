// The model's view of matrix products: a worker's context and the row counts of products.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/aligned_buffer.h"
#include "cpu/data_type.h"
#include "onednn/matmul.h"

namespace valence::internal {

// What one worker thread needs to multiply, for all implementations.
class MatmulContext {
 public:
  OneDnnContext& one_dnn() { return one_dnn_; }

  // Memory for a product of our own. Valid until the next call.
  std::byte* Workspace(std::size_t bytes) {
    if (bytes > workspace_.size()) workspace_ = AlignedBuffer<std::byte>(bytes);
    return workspace_.data();
  }

 private:
  OneDnnContext one_dnn_;
  AlignedBuffer<std::byte> workspace_;
};

// The row count with which a product of `rows` rows is computed. Buffers that it reads or writes must hold that many
// rows; those after `rows` are scratch.
std::int64_t RowBucket(DataType operands, std::int64_t rows);

// The distance between row buckets near `rows`. Threads that share rows in blocks of RowStep(operands, rows / threads)
// begin and end at buckets, so that the scratch rows of one thread are not rows of another.
std::int64_t RowStep(DataType operands, std::int64_t rows);

}  // namespace valence::internal
