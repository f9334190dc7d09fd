// Layers packed behind each other.
#include "kernels/amx/weight_block.h"

#include <algorithm>
#include <tuple>

namespace valence::internal::amx {

int WeightBlock::Reserve(std::int64_t in, std::int64_t out) {
  const Layer layer{in, out, weights_size_, bias_size_};
  layers_.push_back(layer);
  weights_size_ = layer.at(layer.columns());
  bias_size_ += static_cast<std::size_t>(layer.columns());
  return static_cast<int>(layers_.size()) - 1;
}

void WeightBlock::Allocate() {
  weights_ = AlignedBuffer<BFloat16>(weights_size_);
  bias_ = AlignedBuffer<float>(bias_size_);
}

void WeightBlock::Pack(int number, const float* weight, const float* bias) {
  const Layer& layer = layers_[static_cast<std::size_t>(number)];
  amx::Pack(weight, layer.in, layer.out, weights_.data() + layer.weights);
  float* const to = bias_.data() + layer.bias;
  std::copy_n(bias, layer.out, to);
  std::fill(to + layer.out, to + layer.columns(), 0.0f);
}

bool WeightBlock::Describe(int number, const Share& share, Product& product) const {
  const auto index = static_cast<std::size_t>(number);
  const Layer &layer = layers_[index], &next = layers_[(index + 1) % layers_.size()];
  product.inner_tiles = layer.inner_tiles();
  product.weights = weights_.data() + layer.weights;
  product.bias = bias_.data() + layer.bias;
  std::tie(product.begin, product.end) = share.Of(layer.columns(), kBlock);
  product.next = reinterpret_cast<const std::byte*>(weights_.data() + next.at(next.begin(share)));
  return product.begin != product.end;
}

}  // namespace valence::internal::amx
