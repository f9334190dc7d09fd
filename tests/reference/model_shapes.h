// The shapes of models that the encoder is tested with.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "files/config.h"

namespace valence::internal {

struct ModelShape {
  int heads, head_dim, hidden_dim, layers, labels;
  Activation activation = Activation::kGelu;
  std::string dtype = "F32";
  const Architecture* architecture = &kDistilBert;

  Config ToConfig(int positions) const {
    Config config;
    config.architecture = architecture;
    config.vocab_size = 211;
    config.max_position_embeddings = positions;
    config.dim = heads * head_dim;
    config.hidden_dim = hidden_dim;
    config.n_layers = layers;
    config.n_heads = heads;
    config.activation = activation;
    for (int i = 0; i < labels; ++i) config.labels.push_back("label " + std::to_string(i));
    return config;
  }

  std::string Name() const {
    return std::string(architecture->model_type) + "_" + std::to_string(heads) + "x" + std::to_string(head_dim) + "_" +
           std::to_string(hidden_dim) + "_layers" + std::to_string(layers) + "_" + ToString(activation) + "_" + dtype;
  }
};

inline std::ostream& operator<<(std::ostream& out, const ModelShape& shape) { return out << shape.Name(); }

// Heads from 1 to 16, head_dim from 8 to 128 with odd ones, most dims no multiple of 16, 1 to 12 layers; activations
// inside the product and in a pass of their own.
inline std::vector<ModelShape> ModelShapes() {
  constexpr Activation kRelu = Activation::kRelu, kGelu = Activation::kGelu;
  return {
      {1, 8, 32, 1, 2, kGelu, "F32"},
      {1, 127, 33, 2, 1, kRelu, "F16"},
      {2, 15, 44, 12, 2, kGelu, "BF16"},
      {2, 65, 100, 3, 3, kGelu, "F32"},
      {3, 20, 77, 4, 5, kRelu, "BF16"},
      {3, 128, 129, 1, 2, kGelu, "F16"},
      {4, 17, 300, 2, 2, kGelu, "F16"},
      {5, 13, 1, 6, 4, kGelu, "F32"},
      {6, 9, 100, 5, 2, kRelu, "F32"},
      {6, 64, 512, 2, 2, kGelu, "BF16"},
      {7, 31, 217, 2, 3, kGelu, "F16"},
      {8, 24, 190, 3, 2, kRelu, "F32"},
      {9, 11, 401, 2, 2, kGelu, "BF16"},
      {10, 16, 250, 2, 7, kGelu, "F32"},
      {11, 9, 99, 8, 2, kGelu, "F16"},
      {12, 33, 96, 1, 2, kRelu, "BF16"},
      {13, 10, 260, 2, 2, kGelu, "F32"},
      {14, 8, 64, 10, 2, kGelu, "F16"},
      {15, 12, 360, 2, 17, kRelu, "F32"},
      {16, 8, 128, 12, 2, kGelu, "BF16"},
      {16, 63, 64, 1, 2, kGelu, "F32"},
      {1, 21, 50, 1, 1, kRelu, "F32", &kBert},
      {3, 32, 128, 2, 3, kGelu, "BF16", &kBert},
      {5, 19, 201, 4, 2, kGelu, "F16", &kBert},
      {12, 16, 300, 2, 2, kGelu, "F32", &kBert},
      {2, 33, 71, 2, 2, Activation::kTanhGelu, "F32"},
      {5, 16, 800, 2, 3, Activation::kSilu, "BF16"},
      {4, 9, 35, 3, 2, Activation::kMish, "F16", &kBert},
  };
}

// Lengths of texts on both sides of what chunks, row buckets and vectors end at.
inline std::vector<std::size_t> BoundaryLengths() {
  return {2, 3, 15, 16, 17, 31, 32, 33, 63, 64, 65, 127, 128, 129, 255, 256, 257, 511, 512};
}

}  // namespace valence::internal
