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

const Architecture kBert = {
    .model_type = "bert",
    .class_name = "BertForSequenceClassification",
    .dim = {"hidden_size", nullptr, 768},
    .hidden_dim = {"intermediate_size", nullptr, 3072},
    .n_layers = {"num_hidden_layers", nullptr, 12},
    .n_heads = {"num_attention_heads", nullptr, 12},
    .activation = "hidden_act",
    .layer_norm_epsilon = "layer_norm_eps",
    .token_types = "type_vocab_size",
    .default_layer_norm_epsilon = 1e-12f,
    .position_offset = 0,
    .head_activation = HeadActivation::kTanh,
    .tensors = {.words = "bert.embeddings.word_embeddings.weight",
                .positions = "bert.embeddings.position_embeddings.weight",
                .token_types = "bert.embeddings.token_type_embeddings.weight",
                .embedding_norm = "bert.embeddings.LayerNorm",
                .layer = "bert.encoder.layer.",
                .query = "attention.self.query",
                .key = "attention.self.key",
                .value = "attention.self.value",
                .out = "attention.output.dense",
                .attention_norm = "attention.output.LayerNorm",
                .ffn1 = "intermediate.dense",
                .ffn2 = "output.dense",
                .output_norm = "output.LayerNorm",
                .pre_classifier = "bert.pooler.dense",
                .classifier = "classifier"},
};

std::span<const Architecture* const> Architectures() {
  static constexpr std::array kAll = {&kDistilBert, &kBert};
  return kAll;
}

}  // namespace valence::internal
