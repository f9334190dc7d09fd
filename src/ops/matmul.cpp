// Row counts: oneDNN's buckets, or any count if every product is our own.
#include "ops/matmul.h"

#include "ops/implementation.h"

namespace valence::internal {
namespace {

bool UsesOneDnn() {
  static const bool uses = ChooseMatmul(DataType::kF32) == MatmulImplementation::kOneDnn;
  return uses;
}

}  // namespace

std::int64_t RowBucket(std::int64_t rows) { return UsesOneDnn() ? OneDnnRowBucket(rows) : rows; }
std::int64_t RowStep(std::int64_t rows) { return UsesOneDnn() ? OneDnnRowStep(rows) : 1; }

}  // namespace valence::internal
