// One row at a time, so that neither loading nor writing int8 holds a matrix in f32.
#include "model/int8_row.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "files/tensor_values.h"
#include "ops/int8.h"
#include "valence/error.h"

namespace valence::internal {

float ReadInt8Row(const NamedTensor& weight, std::size_t row, std::span<std::int8_t> to) {
  const std::size_t columns = to.size(), first = row * columns;
  if (weight.view->dtype == DataType::kS8) {
    const auto values = Int8Values(weight).subspan(first, columns);
    std::copy(values.begin(), values.end(), to.begin());
    float scale;
    ReadValues({weight.name, weight.scales}, row, {&scale, 1});
    return scale;
  }
  std::vector<float> values(columns);
  ReadValues(weight, first, values);
  return QuantizeWeights(values, to);
}

float ReadFiniteInt8Row(const NamedTensor& weight, std::size_t row, std::span<std::int8_t> to) {
  const float scale = ReadInt8Row(weight, row, to);
  if (std::isfinite(scale)) return scale;
  std::vector<float> values(to.size());
  ReadValues(weight, row * to.size(), values);
  const auto bad = std::find_if_not(values.begin(), values.end(), [](float value) { return std::isfinite(value); });
  const std::size_t element = row * to.size() + static_cast<std::size_t>(bad - values.begin());
  throw Error(ErrorCode::kUnsupportedModel, "tensor " + weight.name + ": expected finite weights for int8, found " +
                                               std::to_string(*bad) + " at element " + std::to_string(element) +
                                               "; use f32 or bf16");
}

}  // namespace valence::internal
