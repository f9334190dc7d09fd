// The architectures that the library computes: what each calls its fields in config.json and its tensors in
// model.safetensors, and where their computations differ. All are post-layer-norm encoders with a head on [CLS].
#pragma once

#include <cstdint>
#include <span>

namespace valence::internal {

enum class HeadActivation { kRelu, kTanh };

// A size in config.json.
struct SizeField {
  const char* name;
  const char* alias;           // another name, which counts where both are there; nullptr: none
  std::int64_t default_value;  // transformers' where the field is missing
};

struct Architecture {
  // In config.json.
  const char* model_type;  // "distilbert"
  const char* class_name;  // in "architectures": "DistilBertForSequenceClassification"
  SizeField dim, hidden_dim, n_layers, n_heads;
  const char* activation;          // of the feed-forward layers
  const char* layer_norm_epsilon;  // nullptr: not in config.json
  const char* token_types;         // the number of token types; nullptr: there are none

  float default_layer_norm_epsilon;
  std::int64_t position_offset;    // row of the position table that belongs to a text's first token
  HeadActivation head_activation;  // between pre_classifier and classifier

  // In model.safetensors. Tables are whole names; linear layers and norms have a ".weight" and a ".bias".
  struct {
    const char *words, *positions;
    const char* token_types;  // nullptr: there are none
    const char* embedding_norm;
    const char* layer;                                                                   // then "0.", "1.", ..
    const char *query, *key, *value, *out, *attention_norm, *ffn1, *ffn2, *output_norm;  // after the layer's number
    const char *pre_classifier, *classifier;
  } tensors;
};

extern const Architecture kDistilBert, kBert;

// All of them. To add one: CONTRIBUTING.md, "Add an architecture".
std::span<const Architecture* const> Architectures();

}  // namespace valence::internal
