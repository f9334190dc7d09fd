// The weights of a classifier, as structs of named layers, packed for use.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "files/config.h"
#include "files/mapped_file.h"
#include "files/model_tensors.h"
#include "ops/int8.h"
#include "ops/linear.h"
#include "ops/norm.h"

namespace valence::internal {

// The word embeddings, and the form in which EmbedNorm takes them.
template <class Words>
struct WordTable {
  AlignedBuffer<Words> values;  // [vocab_size, dim]
  const Words* view() const { return values.data(); }
};
template <>
struct WordTable<std::int8_t> {
  const std::int8_t* values = nullptr;        // [vocab_size, dim], in `own` or in the file
  AlignedBuffer<float> scales;                // [vocab_size]
  AlignedBuffer<std::int8_t> own;             // empty where the file holds s8
  std::shared_ptr<const MappedFile> mapping;  // of that file
  Int8Words view() const { return {values, scales.data()}; }
};

template <class Words>
struct EmbeddingWeights {
  WordTable<Words> words;
  AlignedBuffer<float> positions;  // [max_tokens, dim], token type 0 added where there are token types
  NormWeights norm;
};

// The feed-forward layers of f32 and bf16 operands, cut along hidden_dim: all of it, or parts that are computed one
// after the other.
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
  FeedForward int8_ffn;  // of s8 operands, in place of ffn
  NormWeights output_norm;
};

struct HeadWeights {
  Linear pre_classifier;  // dim -> dim
  HeadActivation activation;
  Linear classifier;  // dim -> labels, in f32 always: it costs nothing
};

// T: the type of the matmul operands: float, BFloat16 or std::int8_t; Words: that of the word embeddings, the
// same. With s8 operands the head is f32.
template <class T, class Words>
struct Weights {
  EmbeddingWeights<Words> embeddings;
  std::vector<LayerWeights> layers;  // [n_layers]
  HeadWeights head;
};

// Converts and packs on `threads` threads; `max_team` as for Linear. The tensors' file may be closed afterwards; word
// embeddings that it holds in s8 keep it mapped.
// For s8 operands, throws Error kUnsupportedModel naming a weight of a linear layer that is NaN or infinite.
template <class T, class Words>
Weights<T, Words> LoadWeights(const Config& config, const ModelTensors& tensors, int threads, int max_team);

}  // namespace valence::internal
