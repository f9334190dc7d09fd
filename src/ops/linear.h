// A linear layer as the model sees it, whichever implementation computes it.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "cpu/linear_spec.h"
#include "cpu/team.h"
#include "ops/matmul.h"

namespace valence::internal {

// Immutable once built; may run on any number of threads at once, each with a context of its own.
class Linear {
 public:
  using Spec = LinearSpec;

  Linear() noexcept;
  // weight: [out, in], bias: [out], as PyTorch lays them out. Packs a copy.
  // `max_team`: the largest team that Run will be called with.
  // Throws Error kRuntime, kUnsupportedCpu where nothing multiplies operands of that type, and std::bad_alloc.
  Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team);
  Linear(Linear&&) noexcept;
  Linear& operator=(Linear&&) noexcept;
  ~Linear();

  // This member's share of the output columns of
  //   src: [RowBucket(rows), in] -> dst: [RowBucket(rows), out].
  // A row's result has the same bits whatever the other rows and the team's size. No rows: does nothing.
  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst, const TeamMember& member) const;

  // The same for all columns, by the calling thread alone.
  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst) const;

  const Spec& spec() const { return spec_; }

  class Impl;  // ops/linear_impl.h

 private:
  Spec spec_;
  std::unique_ptr<const Impl> impl_;
};

}  // namespace valence::internal
