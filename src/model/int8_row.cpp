// One row at a time, so that neither loading nor writing int8 holds a matrix in f32.
#include "model/int8_row.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "files/tensor_values.h"
#include "ops/int8.h"
#include "valence/error.h"

namespace valence::internal {

float Int8RowReader::Read(std::size_t row, std::span<std::int8_t> to) {
  if (weight_.view->dtype == DataType::kS8) {
    const auto values = Int8Values(weight_).subspan(row * columns_, columns_);
    std::copy(values.begin(), values.end(), to.begin());
    float scale;
    ReadValues({weight_.name, weight_.scales}, row, {&scale, 1});
    return scale;
  }
  values_.resize(columns_);
  ReadValues(weight_, row * columns_, values_);
  return QuantizeWeights(values_, to);
}

float Int8RowReader::ReadFinite(std::size_t row, std::span<std::int8_t> to) {
  const float scale = Read(row, to);
  if (std::isfinite(scale)) return scale;
  const auto bad = std::find_if_not(values_.begin(), values_.end(), [](float value) { return std::isfinite(value); });
  const std::size_t element = row * columns_ + static_cast<std::size_t>(bad - values_.begin());
  throw Error(ErrorCode::kUnsupportedModel, "tensor " + weight_.name + ": expected finite weights for int8, found " +
                                                std::to_string(*bad) + " at element " + std::to_string(element) +
                                                "; use f32 or bf16");
}

}  // namespace valence::internal
