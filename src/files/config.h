// config.json of a sequence classifier of one of the architectures that the library computes.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cpu/activation.h"
#include "files/architecture.h"
#include "valence/problem_type.h"

namespace valence::internal {

// Sizes and settings, checked: all sizes > 0 and small enough that products of any three of them fit 63 bits, n_heads
// divides dim, more positions than position_offset + 1, at least one label. A size that the file leaves out is that of
// the published base model, as in transformers.
struct Config {
  const Architecture* architecture = &kDistilBert;  // never null
  std::string other_class;  // the class in "architectures", where it is not the architecture's; else empty
  std::int64_t vocab_size = 30522;
  std::int64_t max_position_embeddings = 512;
  std::int64_t dim = 768;
  std::int64_t hidden_dim = 3072;  // width of the feed-forward layer
  std::int64_t n_layers = 6;
  std::int64_t n_heads = 12;
  std::int64_t token_types = 0;  // 0 where the architecture has none
  float layer_norm_epsilon = 1e-12f;
  Activation activation = Activation::kGelu;             // between the two feed-forward layers
  ProblemType problem_type = ProblemType::kSingleLabel;  // a single label without problem_type: kMultiLabel
  bool int8_weights = false;        // some matrices are I8 with a scale a row: files/quantization.h
  std::vector<std::string> labels;  // id2label in the order of the ids; LABEL_0, LABEL_1 where it is missing

  std::int64_t head_dim() const { return dim / n_heads; }
  std::int64_t max_tokens() const { return max_position_embeddings - architecture->position_offset; }  // of a text
};

// Throws Error: kFileNotFound, kFileUnreadable, kInvalidConfig, kUnsupportedModel; the message names the field.
Config ReadConfig(const std::filesystem::path& path);

}  // namespace valence::internal
