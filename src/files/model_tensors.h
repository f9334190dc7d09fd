// The tensors of a model, by name, in the structure in which the encoder uses them.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "files/config.h"
#include "files/safetensors.h"

namespace valence::internal {

struct NamedTensor {
  std::string name;                    // by the table of architectures; the file's may be an older one
  const TensorView* view = nullptr;    // valid as long as the file stays open
  const TensorView* scales = nullptr;  // of the rows, [rows] or [rows, 1], where the view is of I8
};

struct NormTensors {
  NamedTensor gamma, beta;  // [dim]
};

struct LinearTensors {
  NamedTensor weight;  // [out, in]
  NamedTensor bias;    // [out]
};

struct LayerTensors {
  LinearTensors query, key, value, out;  // dim -> dim
  NormTensors attention_norm;
  LinearTensors ffn1;  // dim -> hidden_dim
  LinearTensors ffn2;  // hidden_dim -> dim
  NormTensors output_norm;
};

struct ModelTensors {
  NamedTensor words;                       // [vocab_size, dim]
  NamedTensor positions;                   // [max_position_embeddings, dim]
  std::optional<NamedTensor> token_types;  // [token_types, dim]
  NormTensors embedding_norm;
  std::vector<LayerTensors> layers;  // [n_layers]
  LinearTensors pre_classifier;      // dim -> dim
  LinearTensors classifier;          // dim -> labels
};

// Gives the tensor of that name and shape, or nullptr.
using FindTensor = std::function<const TensorView*(const std::string& name, const std::vector<std::uint64_t>& shape)>;

// Every tensor that the config calls for, found by one call of `find` each, in the order of a forward pass.
ModelTensors MakeModelTensors(const Config& config, const FindTensor& find);

// The same from an open file. Throws Error kMissingTensor, kTensorShapeMismatch or kUnsupportedDtype naming file and
// tensor, kDuplicateTensor for one under two names; kUnsupportedModel for a missing tensor of a folder whose
// config.json names another class. Tensors that the config does not call for are ignored. "distilbert." and "bert." may
// be missing in front of all names, and LayerNorm.weight and .bias may be called .gamma and .beta.
// Matrices may be I8 if the config says so; kUnsupportedModel for scales that are not positive and finite, and for zero
// points or static activation scales.
ModelTensors FindModelTensors(const Config& config, const Safetensors& file);

// The word embeddings and the weights of the encoder's linear layers: what int8 computes with in s8.
std::vector<const NamedTensor*> Int8Matrices(const ModelTensors& tensors, bool word_embeddings = true);

// Whether all of the encoder's linear layers are I8.
bool LayersAreInt8(const ModelTensors& tensors);

}  // namespace valence::internal
