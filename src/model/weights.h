// The weights of a DistilBERT classifier, as structs of named layers, packed for use.
#pragma once

#include <cstdint>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "files/config.h"
#include "files/safetensors.h"
#include "ops/linear.h"
#include "ops/norm.h"

namespace valence::internal {

template <class Table>
struct EmbeddingWeights {
  AlignedBuffer<Table> words;      // [vocab_size, dim]
  AlignedBuffer<Table> positions;  // [max_position_embeddings, dim]
  NormWeights norm;
};

// The feed-forward layers, cut along hidden_dim: all of it, or parts that are computed one after the other.
struct FeedForwardPart {
  Linear ffn1;  // dim -> columns of the part, with the activation
  Linear ffn2;  // columns of the part -> dim; the parts are summed, the first brings the bias
};

struct LayerWeights {
  Linear qkv;  // dim -> 3 dim: queries, keys, values. In the last layer: dim -> 2 dim, keys and values only
  Linear q;    // dim -> dim, in the last layer only
  Linear out;  // dim -> dim
  NormWeights attention_norm;
  std::vector<FeedForwardPart> ffn;
  NormWeights output_norm;
};

struct HeadWeights {
  Linear pre_classifier;  // dim -> dim; a ReLU follows
  Linear classifier;      // dim -> labels, in f32 always: it costs nothing
};

// T: the type of the matmul operands, float or BFloat16; Table: that of the embedding tables, T or, if the file has
// them so, BFloat16.
template <class T, class Table>
struct Weights {
  EmbeddingWeights<Table> embeddings;
  std::vector<LayerWeights> layers;  // [n_layers]
  HeadWeights head;
};

// Reads, checks, converts and packs on `threads` threads; `max_team` as for Linear. The file may be closed afterwards.
// Throws Error kMissingTensor, kTensorShapeMismatch or kUnsupportedDtype naming file and tensor.
template <class T, class Table>
Weights<T, Table> LoadWeights(const Config& config, const Safetensors& file, int threads, int max_team);

// Whether the embedding tables are in bf16 in the file. Throws Error kMissingTensor.
bool HasBf16Tables(const Safetensors& file);

}  // namespace valence::internal
