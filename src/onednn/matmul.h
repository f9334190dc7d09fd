// Matrix products by oneDNN: the context that they share, and the product of two matrices.
#pragma once

#include <cstdint>
#include <memory>

#include "cpu/data_type.h"

namespace valence::internal {

// What one worker thread needs to multiply: a stream, scratch memory and a cache of primitives. The row count is
// compiled into a primitive, so there is one for each shape and row bucket; their number is bounded.
class OneDnnContext {
 public:
  OneDnnContext();
  OneDnnContext(OneDnnContext&&) noexcept;
  ~OneDnnContext();
  class Impl;
  Impl& impl() { return *impl_; }

 private:
  std::unique_ptr<Impl> impl_;
};

// The row count of the primitive for `rows` rows: one of few values, because each needs a primitive. Buffers that it
// reads or writes must hold that many rows; those beyond `rows` are scratch.
std::int64_t OneDnnRowBucket(std::int64_t rows);

// The distance between row buckets near `rows`.
std::int64_t OneDnnRowStep(std::int64_t rows);

// dst = a * b, or a * b^T: for matrices that change from call to call. All are contiguous and row-major.
//   a: [rows, inner], b: [inner, columns] or transposed [columns, inner], dst: [rows, columns] in f32
void OneDnnMultiply(OneDnnContext& context, DataType type, std::int64_t rows, std::int64_t inner, std::int64_t columns,
                    const void* a, const void* b, bool b_transposed, float* dst);

}  // namespace valence::internal
