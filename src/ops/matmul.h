// What the model sees of matrix products: a worker's context and the row counts that products run on.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/aligned_buffer.h"
#include "cpu/data_type.h"
#include "onednn/matmul.h"

namespace valence::internal {

// What one worker thread needs to multiply, whichever implementation does.
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

// The row count that a product over `rows` rows really runs on. Buffers that it reads or writes hold that many rows;
// those beyond the real ones are scratch.
std::int64_t RowBucket(DataType operands, std::int64_t rows);

// The distance between row buckets there: rows that several threads share in blocks of RowStep(operands, rows /
// threads) begin and end at buckets, so no thread's scratch rows are another's real ones.
std::int64_t RowStep(DataType operands, std::int64_t rows);

}  // namespace valence::internal
