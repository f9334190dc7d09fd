// Exact products of s8 rows and s8 weights, summed in s32: one implementation for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cpu/aligned_buffer.h"

namespace valence::internal {

// Weights lie in panels of so many columns.
inline constexpr std::int64_t kInt8Panel = 64;

// An implementation. All give the same sums: the values are in -127..127, and no intermediate saturates or overflows.
struct Int8Product {
  const char* name;  // the instructions that it needs: "avx512_vnni", ..
  // What each byte of a row is XORed with: 0x80 where the instruction reads rows as unsigned, so that it sees 128 more.
  std::uint8_t flip;
  // One panel.  src: [rows, depth], rows `stride` bytes apart -> sums: [rows, kInt8Panel]
  //   panel: kInt8Panel s32, -128 times the sum of each column; then [depth / 4, kInt8Panel, 4] s8. 64-byte aligned.
  // `depth` is a multiple of 4. Allocates nothing.
  void (*multiply)(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                   const std::byte* panel, std::int32_t* sums);
};

// Those that this CPU can run, the fastest first; empty without AVX2 and FMA.
std::span<const Int8Product> Int8Products();

// s8 weights, packed once; every implementation reads the same bytes.
class Int8Matrix {
 public:
  Int8Matrix() = default;
  // weight: [out, in], rows `stride` bytes apart, values in -127..127. Copies them. Throws std::bad_alloc.
  Int8Matrix(std::int64_t in, std::int64_t out, const std::int8_t* weight, std::int64_t stride);

  std::int64_t out() const { return out_; }
  std::int64_t depth() const {
    return (in_ + 3) / 4 * 4;
  }  // bytes of a row that a product reads; zeros follow the last

  // The panel of columns [column, column + kInt8Panel); zeros stand behind the last column.
  const std::byte* Panel(std::int64_t column) const { return data_.data() + column / kInt8Panel * PanelBytes(); }

 private:
  std::int64_t PanelBytes() const { return kInt8Panel * (depth() + static_cast<std::int64_t>(sizeof(std::int32_t))); }

  std::int64_t in_ = 0, out_ = 0;
  AlignedBuffer<std::byte> data_;
};

}  // namespace valence::internal
