// The packed weights of several layers in one block of memory, in the order in which a forward pass reads them: so that
// prefetching runs on from one product into the next.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "cpu/team.h"
#include "kernels/amx/kernels.h"

namespace valence::internal::amx {

class WeightBlock {
 public:
  // Room for a layer of that size, behind those before it. Returns its number.
  int Reserve(std::int64_t in, std::int64_t out);

  // After the last Reserve. Throws std::bad_alloc.
  void Allocate();

  // weight: [out, in], bias: [out]. Layers may be packed by several threads at once.
  void Pack(int layer, const float* weight, const float* bias);

  // Sets what a product has from the layer and that share of its columns: inner_tiles, weights, bias, begin,
  // end and next. False if the share is empty.
  bool Describe(int layer, const Share& share, Product& product) const;

 private:
  struct Layer {
    std::int64_t in, out;
    std::size_t weights, bias;  // where they begin

    std::int64_t inner_tiles() const { return TilesOf(in, kTileInner); }
    std::int64_t columns() const { return TilesOf(out, kBlock) * kBlock; }
    std::int64_t begin(const Share& share) const { return share.Of(columns(), kBlock).first; }
    // Of the weights of that column.
    std::size_t at(std::int64_t column) const {
      return weights + static_cast<std::size_t>(column * inner_tiles() * kTileInner);
    }
  };

  std::vector<Layer> layers_;
  std::size_t weights_size_ = 0, bias_size_ = 0;
  AlignedBuffer<BFloat16> weights_;
  AlignedBuffer<float> bias_;
};

}  // namespace valence::internal::amx
