// Register blocking: the sums of a tile of six rows and one panel of columns stay in registers. A block of a panel
// stays in the L1 cache while all rows use it. The rows' part of that block is interleaved into the tiles' order first:
// a tile then reads two streams instead of seven, and the interleaved rows stay in the L2 cache.
#include "kernels/matmul.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/matmul.cpp"
#include "hwy/cache_control.h"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/math-inl.h"
#include "kernels/vector-inl.h"

#ifndef VALENCE_KERNELS_MATMUL_CONSTANTS_
#define VALENCE_KERNELS_MATMUL_CONSTANTS_
namespace valence::internal {

// Measured on a Zen 3 (benchmarks/linear_benchmark): 384 rows of a panel, 24 kB, stay in the L1 cache, and their rows
// of src in the L2 cache. With fewer rows at once the weights are read from memory more often.
constexpr std::int64_t kBlock = 384;       // rows of a weight panel that are summed before the sums are stored
constexpr std::int64_t kRowsAtOnce = 256;  // of src
constexpr std::int64_t kTile = 6;  // with two vectors for each row these are 12 sums, which fit AVX2's 16 registers
constexpr std::int64_t kTilesThatAskAhead = 16;

// One block of one panel, for the rows of one tile.
struct TileArguments {
  const float* src;  // [depth, tile]
  std::int64_t depth;
  const BFloat16* narrow;  // [depth, kPanel], or null where weight has them
  const float* weight;     // [depth, kPanel]
  const float* bias;       // [kPanel] for the first block; null for the others, which add to dst
  PostOp post_op;          // of the last block
  float* dst;              // [tile, kPanel], rows dst_stride apart
  std::int64_t dst_stride;
  const std::byte* prefetch = nullptr;  // memory to prefetch while the tile runs: in each row of weight
  std::int64_t prefetch_step = 0;       // this many bytes further
};

// Divides rows into tiles of equal height: in a last tile of one or two rows the additions would wait for each other.
inline std::int64_t TilesOf(std::int64_t rows) { return (rows + kTile - 1) / kTile; }
inline std::int64_t TileBegin(std::int64_t rows, std::int64_t tile) { return rows * tile / TilesOf(rows); }

}  // namespace valence::internal
#endif

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {

using PanelTag = hn::CappedTag<float, 8>;
using PanelVector = hn::Vec<PanelTag>;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(PanelTag()));
constexpr int kVectors = static_cast<int>(PackedMatrix::kPanel / kLanes);

HWY_ATTR PanelVector Apply(PostOp post_op, PanelVector x) {
  const PanelTag d;
  switch (post_op) {
    case PostOp::kGelu:
      return Gelu(d, x);
    case PostOp::kRelu:
      return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);  // NaN stays NaN
    default:
      return x;
  }
}

template <int kRows, bool kPrefetch>
HWY_ATTR void MultiplyTile(const TileArguments& t) {
  const PanelTag d;
  PanelVector sums[kRows][kVectors];
  for (int r = 0; r < kRows; ++r) hwy::Prefetch(t.dst + r * t.dst_stride);
  const auto load_weight = [weight = t.weight, prefetch = t.prefetch, step = t.prefetch_step](std::int64_t i, int v)
                               HWY_ATTR {
                                 if (kPrefetch && v == 0) hwy::Prefetch(prefetch + i * step);
                                 return hn::Load(PanelTag(), weight + i * PackedMatrix::kPanel + v * kLanes);
                               };
  SumProducts(d, t.src, 1, kRows, t.depth, load_weight, sums);
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) {
      float* const to = t.dst + r * t.dst_stride + v * kLanes;
      const PanelVector before = hn::LoadU(d, t.bias != nullptr ? t.bias + v * kLanes : to);
      hn::StoreU(Apply(t.post_op, hn::Add(before, sums[r][v])), d, to);
    }
  }
}

template <int kRows = static_cast<int>(kTile)>
HWY_ATTR void MultiplyAnyTile(std::int64_t rows, const TileArguments& tile) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return MultiplyAnyTile<kRows - 1>(rows, tile);
  }
  return tile.prefetch != nullptr ? MultiplyTile<kRows, true>(tile) : MultiplyTile<kRows, false>(tile);
}

// All rows over one block of one panel. `columns` < kPanel at the matrix's right edge, where dst ends.
HWY_ATTR void MultiplyBlock(std::int64_t rows, TileArguments tile, std::int64_t columns) {
  const std::int64_t tiles = TilesOf(rows);
  HWY_ALIGN float widened[kBlock * PackedMatrix::kPanel];
  auto* stored = reinterpret_cast<const std::byte*>(tile.weight);
  std::int64_t stored_step = PackedMatrix::kPanel * static_cast<std::int64_t>(sizeof(float));
  if (tile.narrow != nullptr) {
    stored = reinterpret_cast<const std::byte*>(tile.narrow);
    stored_step = PackedMatrix::kPanel * static_cast<std::int64_t>(sizeof(BFloat16));
    const PanelTag d;
    for (std::int64_t i = 0; i < tile.depth * PackedMatrix::kPanel; i += kLanes) {
      hn::Store(LoadFloats(d, tile.narrow + i), d, widened + i);
    }
    tile.weight = widened;
  }
  // With few rows each tile prefetches its part of the next panel, so that memory and arithmetic work at the same time.
  // After the last panel the prefetched memory is not used.
  if (tiles <= kTilesThatAskAhead) {
    tile.prefetch = stored + tile.depth * stored_step;
    tile.prefetch_step = stored_step / tiles;
  }
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t begin = TileBegin(rows, i), end = TileBegin(rows, i + 1);
    TileArguments now = tile;
    if (now.prefetch != nullptr) now.prefetch += i * tile.depth * tile.prefetch_step;
    now.src += begin * tile.depth;
    now.dst += begin * tile.dst_stride;
    if (columns == PackedMatrix::kPanel) {
      MultiplyAnyTile(end - begin, now);
      continue;
    }
    HWY_ALIGN float whole[kTile * PackedMatrix::kPanel] = {};
    const auto copy = [&](const float* from, std::int64_t from_stride, float* to, std::int64_t to_stride) {
      for (std::int64_t r = 0; r < end - begin; ++r) std::copy_n(from + r * from_stride, columns, to + r * to_stride);
    };
    if (now.bias == nullptr) copy(now.dst, now.dst_stride, whole, PackedMatrix::kPanel);
    float* const dst = std::exchange(now.dst, whole);
    const std::int64_t stride = std::exchange(now.dst_stride, PackedMatrix::kPanel);
    MultiplyAnyTile(end - begin, now);
    copy(whole, PackedMatrix::kPanel, dst, stride);
  }
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(MultiplyBlock);

namespace {

std::int64_t PaddedColumns(std::int64_t out) {
  return (out + PackedMatrix::kPanel - 1) / PackedMatrix::kPanel * PackedMatrix::kPanel;
}

bool IsBf16(float value) { return (std::bit_cast<std::uint32_t>(value) & 0xffffu) == 0; }

template <class T>
AlignedBuffer<T> Pack(std::int64_t in, std::int64_t out, const float* weight) {
  constexpr std::int64_t kPanel = PackedMatrix::kPanel;
  AlignedBuffer<T> packed(static_cast<std::size_t>(in * PaddedColumns(out)));
  T* to = packed.data();
  for (std::int64_t first = 0; first < in; first += kBlock) {
    const std::int64_t depth = std::min(kBlock, in - first);
    for (std::int64_t panel = 0; panel < out; panel += kPanel, to += depth * kPanel) {
      const std::int64_t columns = std::min(kPanel, out - panel);
      if (columns < kPanel) std::fill_n(to, depth * kPanel, T());
      for (std::int64_t c = 0; c < columns; ++c) {
        const float* const from = weight + (panel + c) * in + first;
        for (std::int64_t k = 0; k < depth; ++k) to[k * kPanel + c] = T(from[k]);
      }
    }
  }
  return packed;
}

// src: [rows, depth], rows `stride` apart -> to: [depth, rows]; rows <= kRows. Returns the end of it.
template <int kRows = static_cast<int>(kTile)>
float* InterleaveTile(std::int64_t rows, const float* src, std::int64_t stride, std::int64_t depth, float* to) {
  if constexpr (kRows > 1) {
    if (rows < kRows) return InterleaveTile<kRows - 1>(rows, src, stride, depth, to);
  }
  for (std::int64_t k = 0; k < depth; ++k) {
    for (int r = 0; r < kRows; ++r) *to++ = src[r * stride + k];
  }
  return to;
}

// src: [rows, depth], rows `stride` apart -> to: [tiles][depth, rows of the tile]
void Interleave(std::int64_t rows, const float* src, std::int64_t stride, std::int64_t depth, float* to) {
  for (std::int64_t i = 0; i < TilesOf(rows); ++i) {
    const std::int64_t begin = TileBegin(rows, i), end = TileBegin(rows, i + 1);
    to = InterleaveTile(end - begin, src + begin * stride, stride, depth, to);
  }
}

}  // namespace

PackedMatrix::PackedMatrix(std::int64_t in, std::int64_t out, const float* weight, const float* bias)
    : in_(in), out_(out), bias_(static_cast<std::size_t>(PaddedColumns(out))) {
  std::fill(std::copy_n(bias, out, bias_.data()), bias_.data() + bias_.size(), 0.0f);
  if (std::all_of(weight, weight + in * out, IsBf16)) {
    narrow_ = Pack<BFloat16>(in, out, weight);
  } else {
    weight_ = Pack<float>(in, out, weight);
  }
}

void PackedMatrix::Multiply(std::int64_t rows, const float* src, std::int64_t begin, std::int64_t end, PostOp post_op,
                            float* dst, float* workspace) const {
  for (std::int64_t row = 0; row < rows; row += kRowsAtOnce) {
    const std::int64_t count = std::min(kRowsAtOnce, rows - row);
    for (std::int64_t first = 0; first < in_; first += kBlock) {
      const std::int64_t depth = std::min(kBlock, in_ - first);
      Interleave(count, src + row * in_ + first, in_, depth, workspace);
      for (std::int64_t panel = begin; panel < end; panel += kPanel) {
        const std::int64_t at = first * PaddedColumns(out_) + panel * depth;
        HWY_DYNAMIC_DISPATCH(MultiplyBlock)
        (count,
         {workspace, depth, narrow_.size() != 0 ? narrow_.data() + at : nullptr,
          narrow_.size() != 0 ? nullptr : weight_.data() + at, first == 0 ? bias_.data() + panel : nullptr,
          first + depth == in_ ? post_op : PostOp::kNone, dst + row * out_ + panel, out_},
         std::min(kPanel, end - panel));
      }
    }
  }
}

std::size_t PackedMatrix::WorkspaceSize(std::int64_t rows) const {
  return static_cast<std::size_t>(std::min(kRowsAtOnce, rows) * std::min(kBlock, in_));
}

}  // namespace valence::internal
#endif
