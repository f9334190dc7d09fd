// How the rows of a matrix product's operand lie in memory: one after the other, or in tiles.
#pragma once

#include <cstdint>

namespace valence::internal {

// Columns come in blocks of one cache line, rows in groups of 16: a group's part of a block is a tile of 16 cache
// lines. Plain rows are the case in which the next block follows in the same row.
template <class T>
struct OperandView {
  static constexpr std::int64_t kRows = 16;
  static constexpr std::int64_t kBlock = 64 / sizeof(T);

  T* data;
  std::int64_t row_stride;    // elements from a row to the next of its group
  std::int64_t group_stride;  // elements from a group of rows to the next
  std::int64_t block_stride;  // elements from a block of columns to the next
  std::int64_t first = 0;     // row 0 of the view is this one of the data

  // [rows, columns], rows `stride` elements apart.
  static OperandView Plain(T* data, std::int64_t stride) { return {data, stride, kRows * stride, kBlock}; }
  // [ceil(rows / 16), ceil(columns / kBlock), 16, kBlock]
  static OperandView Tiled(T* data, std::int64_t columns) {
    return {data, kBlock, TiledColumns(columns) * kRows, kRows * kBlock};
  }
  // Columns rounded up to whole blocks.
  static std::int64_t TiledColumns(std::int64_t columns) { return (columns + kBlock - 1) / kBlock * kBlock; }

  bool tiled() const { return block_stride != kBlock; }
  // The first element of a row.
  T* Row(std::int64_t row) const {
    return data + (first + row) / kRows * group_stride + (first + row) % kRows * row_stride;
  }
  // Element `column` of a row that begins at `row`; those up to the end of its block follow it.
  T* At(T* row, std::int64_t column) const { return row + column / kBlock * block_stride + column % kBlock; }
  T* At(std::int64_t row, std::int64_t column) const { return At(Row(row), column); }
  // The rows from `row` on.
  OperandView From(std::int64_t row) const { return {data, row_stride, group_stride, block_stride, first + row}; }
};

}  // namespace valence::internal
