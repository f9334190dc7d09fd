// Names and values as in transformers: configuration_*.py and modeling_*.py of each model.
#include "files/architecture.h"

#include <array>

namespace valence::internal {

const Architecture kDistilBert = {
    .model_type = "distilbert",
    .class_name = "DistilBertForSequenceClassification",
    .dim = {"dim", "hidden_size", 768},
    .hidden_dim = {"hidden_dim", nullptr, 3072},
    .n_layers = {"n_layers", "num_hidden_layers", 6},
    .n_heads = {"n_heads", "num_attention_heads", 12},
    .activation = "activation",
    .layer_norm_epsilon = nullptr,
    .token_types = nullptr,
    .default_layer_norm_epsilon = 1e-12f,
    .position_offset = 0,
    .head_activation = HeadActivation::kRelu,
    .tensors = {.words = "distilbert.embeddings.word_embeddings.weight",
                .positions = "distilbert.embeddings.position_embeddings.weight",
                .token_types = nullptr,
                .embedding_norm = "distilbert.embeddings.LayerNorm",
                .layer = "distilbert.transformer.layer.",
                .query = "attention.q_lin",
                .key = "attention.k_lin",
                .value = "attention.v_lin",
                .out = "attention.out_lin",
                .attention_norm = "sa_layer_norm",
                .ffn1 = "ffn.lin1",
                .ffn2 = "ffn.lin2",
                .output_norm = "output_layer_norm",
                .pre_classifier = "pre_classifier",
                .classifier = "classifier"},
};

std::span<const Architecture* const> Architectures() {
  static constexpr std::array kAll = {&kDistilBert};
  return kAll;
}

}  // namespace valence::internal
