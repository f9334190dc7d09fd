// The model's linear layer, independent of the implementation.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "cpu/linear_spec.h"
#include "cpu/team.h"
#include "ops/matmul.h"

namespace valence::internal {

// Immutable once built. May run on any number of threads at the same time, each with its own context.
class Linear {
 public:
  using Spec = LinearSpec;

  Linear() noexcept;
  // weight: [out, in], bias: [out], as PyTorch lays them out. Packs a copy.
  // `max_team`: the largest team that Run will be called with.
  // Throws Error kRuntime, kUnsupportedCpu if no implementation multiplies operands of that type, and std::bad_alloc.
  Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team);
  Linear(Linear&&) noexcept;
  Linear& operator=(Linear&&) noexcept;
  ~Linear();

  // This member's share of the output columns of
  //   src: [RowBucket(rows), in] -> dst: [RowBucket(rows), out].
  // A row's result has the same bits for all other rows and team sizes. Does nothing for zero rows.
  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst, const TeamMember& member) const;

  // The same for all columns, on the calling thread only.
  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst) const;

  const Spec& spec() const { return spec_; }

  class Impl;  // ops/linear_impl.h

 private:
  Spec spec_;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace valence::internal
