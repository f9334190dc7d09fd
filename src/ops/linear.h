// A linear layer: dst = post_op(src * weight^T + bias), by a oneDNN primitive or, below AVX-512, by our own product.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "cpu/team.h"
#include "onednn/matmul.h"

namespace valence::internal {

// Immutable once built; may run on any number of threads at once, each with a context of its own.
class Linear {
 public:
  struct Spec {
    std::int64_t in;
    std::int64_t out;
    DataType src;  // also the type that the weights are packed in
    DataType dst;
    PostOp post_op = PostOp::kNone;
  };

  Linear() noexcept;
  // weight: [out, in], bias: [out], as PyTorch lays them out. Packs a copy.
  // `max_team`: the largest team that Run will be called with. Throws Error kRuntime and std::bad_alloc.
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

  const Spec& spec() const;

  class Impl;  // oneDNN's or our own; known to linear.cpp alone

 private:
  std::unique_ptr<const Impl> impl_;
};

}  // namespace valence::internal
