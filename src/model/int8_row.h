// Weights to s8: while a model is loaded, and while a folder in int8 is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "files/model_tensors.h"

namespace valence::internal {

// Reads the rows of a matrix one after the other.
class Int8RowReader {
 public:
  // Keeps a reference.
  explicit Int8RowReader(const NamedTensor& weight)
      : weight_(weight), columns_(static_cast<std::size_t>(weight.view->shape[1])) {}

  // A row, as it is in the file or quantised here, to `to`: [columns]. Returns its scale: NaN where a value is NaN or
  // infinite.
  float Read(std::size_t row, std::span<std::int8_t> to);

  // The same. Throws Error kUnsupportedModel naming tensor and element for a value that is NaN or infinite.
  float ReadFinite(std::size_t row, std::span<std::int8_t> to);

 private:
  const NamedTensor& weight_;
  const std::size_t columns_;
  std::vector<float> values_;  // [columns] of a row that is quantised here
};

}  // namespace valence::internal
