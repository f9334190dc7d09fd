// What is computed on tiles: products with packed weights in bf16 and in s8, and attention of one head. Each is written
// once, over a tile type with two implementations: the CPU's tile unit and plain vector code that gives the same bits.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/amx.h"
#include "cpu/bfloat16.h"
#include "kernels/matmul.h"
#include "kernels/operand.h"

namespace valence::internal {
class Int8Background;
}

namespace valence::internal::amx {

inline constexpr std::int64_t kTileRows = 16, kTileInner = 32, kTileColumns = 16;
inline constexpr std::int64_t kTileBytes = 1024;
// The sums of a block lie in four tiles: rows and columns are computed by so many.
inline constexpr std::int64_t kBlock = 32;

inline std::int64_t TilesOf(std::int64_t count, std::int64_t tile) { return (count + tile - 1) / tile; }

// dst = post_op(src * weights + bias), dst += src * weights + bias where `add` is set.
struct Product {
  std::int64_t rows;         // real ones; src holds whole tiles
  std::int64_t inner_tiles;  // tiles of kTileInner
  const BFloat16* src;       // [tiles of kTileRows][inner_tiles][kTileRows, kTileInner]
  const BFloat16* weights;   // [tiles of kTileColumns][inner_tiles][kTileInner / 2, kTileColumns, 2]
  const float* bias;         // [whole blocks of columns]
  std::int64_t begin, end;   // columns to compute: multiples of kBlock
  PostOp post_op = PostOp::kNone;
  std::int64_t columns;          // that dst has: those behind are not written
  OperandView<BFloat16> bf16{};  // dst, or
  float* f32 = nullptr;          // dst where not null: [rows, columns], rows f32_stride apart
  std::int64_t f32_stride = 0;
  bool add = false;                 // f32 and no post_op only
  const std::byte* next = nullptr;  // the weights that this thread reads next, to prefetch; null: not known
};

// softmax(q k^T / sqrt(head_dim)) v of one head of one text.
struct HeadAttention {
  std::int64_t queries, keys, head_dim;
  const BFloat16* q;  // [queries, head_dim], rows q_stride apart
  std::int64_t q_stride;
  const BFloat16 *k, *v;  // [keys, head_dim], rows kv_stride apart
  std::int64_t kv_stride;
  OperandView<BFloat16> out;  // rows 0 .. queries - 1, columns column .. column + head_dim - 1
  std::int64_t column;
  float* scratch;  // [AttentionFloats(keys, head_dim)], aligned to a cache line
};

std::size_t AttentionFloats(std::int64_t keys, std::int64_t head_dim);

// weight: [out, in] -> packed: [2 TilesOf(out, kBlock)][TilesOf(in, kTileInner)][kTileInner / 2, kTileColumns, 2],
// zeros behind both.
void Pack(const float* weight, std::int64_t in, std::int64_t out, BFloat16* packed);

// A row's bits depend on nothing but its operands: not on the CPU, nor on the rows and columns around it.
struct Kernels {
  void (*multiply)(const Product& product);
  void (*attend)(const HeadAttention& attention);
  // As Int8Product::multiply, in kernels/int8_product.h; rows <= kBlock.
  void (*multiply_int8)(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                        const std::byte* panel, std::int32_t* sums, Int8Background& background);
};

// Those for Amx().tiles, which is not kNone. Software tiles need AVX2 with FMA: throws Error kUnsupportedCpu without.
const Kernels& KernelsHere();

// On software tiles. Throws the same.
const Kernels& SoftwareKernels();

// All that can run on this CPU, with a name; for tests.
struct NamedKernels {
  const char* name;
  Kernels kernels;
};
const NamedKernels* KernelsForTest(std::size_t* count);

// From now on KernelsHere returns these; null: its own choice again.
void UseKernelsForTest(const Kernels* kernels);

// The implementations, one file each.
extern const Kernels kHardwareKernels, kSoftwareKernelsAvx512, kSoftwareKernelsAvx2;

}  // namespace valence::internal::amx
