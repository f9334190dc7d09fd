// The model's linear layer, independent of the implementation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "cpu/linear_spec.h"
#include "cpu/team.h"
#include "kernels/int8_weights.h"
#include "ops/matmul.h"

namespace valence::internal {

namespace amx {
class WeightBlock;
}
class Int8ReadingOrder;

// The order in which a forward pass reads the packed weights of a model's layers, for implementations that prefetch
// across layers; in bf16 on tiles also one block of memory in which they lie so. Not thread-safe until allocated.
class PackedWeights {
 public:
  PackedWeights();
  // Room for a layer behind those before it. Returns what names it for the constructor of Linear.
  int Reserve(const LinearSpec& spec);
  // After the last Reserve and before the first Linear. Throws std::bad_alloc.
  void Allocate();

  const std::shared_ptr<amx::WeightBlock>& tiles() const { return tiles_; }
  const std::shared_ptr<Int8ReadingOrder>& int8() const { return int8_; }

 private:
  std::shared_ptr<amx::WeightBlock> tiles_;
  std::shared_ptr<Int8ReadingOrder> int8_;
};

// Immutable once built. May run on any number of threads at the same time, each with its own context.
class Linear {
 public:
  using Spec = LinearSpec;

  Linear() noexcept;
  // weight: [out, in], bias: [out], as PyTorch lays them out. Packs a copy.
  // `max_team`: the largest team that Run will be called with.
  // Throws Error kRuntime, kUnsupportedCpu if no implementation multiplies operands of that type, kInvalidArgument for
  // s8, and std::bad_alloc.
  Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team);
  // The same, with the packed weights at `place` of a model's.
  Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team,
         const PackedWeights& packed, int place);
  // From s8 operands. weight: [out, in], bias: [out]. Packs a copy. Throws Error kInvalidArgument unless the spec's
  // types are s8 and f32, and std::bad_alloc.
  Linear(const Spec& spec, const Int8Weights& weight, std::span<const float> bias);
  Linear(const Spec& spec, const Int8Weights& weight, std::span<const float> bias, const PackedWeights& packed,
         int place);
  Linear(Linear&&) noexcept;
  Linear& operator=(Linear&&) noexcept;
  ~Linear();

  // That share of the output columns of
  //   src: [RowBucket(rows), in] -> dst: [RowBucket(rows), out].
  // On tiles src is in the order of OperandView::Tiled, of dst only the real rows are written.
  // A row's result has the same bits for all other rows and team sizes. Does nothing for zero rows.
  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst, const Share& share) const;

  // The same for all columns, on the calling thread only.
  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst) const;

  const Spec& spec() const { return spec_; }

  // Bytes from a row to the next; in tiles from 16 rows to the next, divided by 16.
  std::int64_t src_row_bytes() const;
  std::int64_t dst_row_bytes() const;

  class Impl;  // ops/linear_impl.h

 private:
  Spec spec_;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace valence::internal
