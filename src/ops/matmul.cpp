// Row counts: oneDNN's buckets, whole blocks of tiles, or any.
#include "ops/matmul.h"

#include "kernels/amx/kernels.h"
#include "ops/implementation.h"
#include "ops/int8.h"

namespace valence::internal {

std::int64_t RowStep(DataType operands, std::int64_t rows) {
  switch (ChooseMatmul(operands)) {
    case MatmulImplementation::kOneDnn:
      return OneDnnRowStep(rows);
    case MatmulImplementation::kOwn:
      return 1;
    case MatmulImplementation::kInt8:
      return Int8ProductInUse().RowStep();
    case MatmulImplementation::kTiles:
      return amx::kBlock;
  }
  __builtin_unreachable();
}

std::int64_t RowBucket(DataType operands, std::int64_t rows) {
  const std::int64_t step = RowStep(operands, rows);
  return (rows + step - 1) / step * step;
}

}  // namespace valence::internal
