// Exact products of s8 rows and s8 weights, summed in s32: one implementation for each instruction set.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cpu/aligned_buffer.h"
#include "kernels/amx/prefetch.h"
#include "kernels/int8_background.h"
#include "kernels/int8_rows.h"

namespace valence::internal {

// An implementation. All give the same sums: no intermediate saturates or overflows.
struct Int8Product {
  const char* name;  // the instructions that it needs: "avx512_vnni", ..
  // What each byte of a row is XORed with: 0x80 where the instruction reads rows as unsigned, so that it sees 128 more.
  std::uint8_t flip;
  // Whether it is computed on tiles of kTileRows rows, inside an AmxTileScope (cpu/amx.h).
  bool on_tiles;
  // One panel of at most MostRows() rows.  src: [rows, depth], rows `stride` bytes apart -> sums: [rows, kInt8Panel]
  //   panel: kInt8Panel s32, -128 times the sum of each column; then [depth / 4, kInt8Panel, 4] s8, and zeros up to the
  //   next multiple of 64 in depth. 64-byte aligned.
  // `depth` is a multiple of 4. On tiles src, sums and depth are those of whole tiles: rows up to a multiple of
  // RowStep() and bytes up to one of 64 are read and written too, and some of `background` is done. Allocates nothing.
  void (*multiply)(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                   const std::byte* panel, std::int32_t* sums, Int8Background& background);

  static constexpr std::int64_t kTileRows = 16, kMostRows = 60;
  std::int64_t RowStep() const { return on_tiles ? kTileRows : 1; }
  // The sums of so many stay in the first cache. 60 is a multiple of the six rows that are computed in registers.
  std::int64_t MostRows() const { return on_tiles ? 2 * kTileRows : kMostRows; }
};

// Those that this CPU can run, the fastest first; empty without AVX2 and FMA. Tiles in software are the last, or with
// VALENCE_TEST_AMX=software the first. Throws Error kInvalidArgument for an unknown value of VALENCE_TEST_AMX.
std::span<const Int8Product> Int8Products();

// s8 weights, packed once; every implementation reads the same bytes.
class Int8Matrix {
 public:
  Int8Matrix() = default;
  // weight: [out, in], rows `stride` bytes apart. Copies them. Throws std::bad_alloc.
  Int8Matrix(std::int64_t in, std::int64_t out, const std::int8_t* weight, std::int64_t stride);

  std::int64_t out() const { return out_; }
  // Bytes of a row that a product reads; zeros follow the last.
  std::int64_t depth() const { return (in_ + 3) / 4 * 4; }

  // The panel of columns [column, column + kInt8Panel); zeros stand behind the last column.
  const std::byte* Panel(std::int64_t column) const { return data_.data() + column / kInt8Panel * PanelBytes(); }
  std::int64_t PanelBytes() const {
    return kInt8Panel * ((in_ + 63) / 64 * 64 + static_cast<std::int64_t>(sizeof(std::int32_t)));
  }

  // For a product with columns [begin, end), behind which the thread reads `next`; null: not known.
  WeightPrefetch Prefetch(std::int64_t begin, std::int64_t end, const std::byte* next) const {
    return WeightPrefetch::Of(Panel(begin), Panel(end + kInt8Panel - 1), next);
  }

 private:
  std::int64_t in_ = 0, out_ = 0;
  AlignedBuffer<std::byte> data_;
};

}  // namespace valence::internal
