// A linear layer by oneDNN: weights packed once, in slices of columns that teams of every size share.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "cpu/linear_spec.h"
#include "cpu/team.h"
#include "onednn/matmul.h"
#include "onednn/primitives.h"

namespace valence::internal {

// Immutable once built. May run on any number of threads at the same time, each with its own context.
class OneDnnLinear {
 public:
  // weight: [out, in], bias: [out]. Packs a copy. `max_team`: the largest team that Run will be called with.
  // Throws Error kRuntime and std::bad_alloc.
  OneDnnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias, int max_team);
  OneDnnLinear(const OneDnnLinear&) = delete;  // the slices point into the weights
  OneDnnLinear& operator=(const OneDnnLinear&) = delete;

  // That share of the columns of
  //   src: [OneDnnRowBucket(rows), in] -> dst: [OneDnnRowBucket(rows), out]; rows >= 1.
  void Run(OneDnnContext& context, std::int64_t rows, const void* src, void* dst, const Share& share) const;

 private:
  // The columns [begin, end) as oneDNN sees them.
  struct Slice {
    std::int64_t begin = 0, end = 0;
    dnnl::memory::desc desc;
    dnnl::memory weights, bias;
  };
  struct ColumnLayout;

  void Pack(std::span<const float> weight, std::span<const float> bias, int max_team);
  void RunSlice(OneDnnContext::Impl& context, std::int64_t rows, const void* src, void* dst, const Slice& slice) const;
  const Slice& SliceOf(const Share& share) const;
  Slice MakeSlice(const ColumnLayout& layout, std::int64_t begin, std::int64_t end);

  const LinearSpec spec_;
  dnnl::memory::desc packed_desc_;
  AlignedBuffer<std::byte> weights_;  // packed
  AlignedBuffer<float> bias_;         // [out]
  std::vector<Slice> slices_;         // of all team sizes, smaller teams first
};

}  // namespace valence::internal
