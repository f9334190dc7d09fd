// Weights are rounded by the same code as activations.
#include "kernels/int8_weights.h"

#include <algorithm>

#include "kernels/int8_rows.h"

namespace valence::internal {

Int8Weights::Int8Weights(std::int64_t row_count, std::int64_t column_count)
    : rows(row_count),
      columns(column_count),
      values(static_cast<std::size_t>(row_count * column_count)),
      scales(static_cast<std::size_t>(row_count)) {}

Int8Weights::Int8Weights(std::int64_t row_count, std::int64_t column_count, const float* from)
    : Int8Weights(row_count, column_count) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const std::span row(from + r * columns, static_cast<std::size_t>(columns));
    scales[static_cast<std::size_t>(r)] = QuantizeWeights(row, Row(r));
  }
}

float QuantizeWeights(std::span<const float> row, std::span<std::int8_t> to) {
  const auto columns = static_cast<std::int64_t>(row.size());
  AlignedBuffer<std::byte> quantized(static_cast<std::size_t>(Int8RowBytes(columns)));
  QuantizeRows(Int8Scheme::kSymmetric, 1, columns, row.data(), columns, /*flip=*/0, quantized.data());
  std::copy_n(reinterpret_cast<const std::int8_t*>(quantized.data() + kInt8Header), columns, to.data());
  const float scale = Int8HeaderOf(quantized.data()).scale;
  return scale == 0 ? 1 : scale;
}

}  // namespace valence::internal
