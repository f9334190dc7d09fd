// config.json of a DistilBERT sequence classifier.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace valence::internal {

enum class Activation { kGelu, kRelu };                // gelu: the exact one, by erf
enum class ProblemType { kSingleLabel, kMultiLabel };  // softmax or sigmoid

// Sizes and settings, checked: all sizes > 0, n_heads divides dim, at least one label.
struct Config {
  std::int64_t vocab_size = 0;
  std::int64_t max_position_embeddings = 0;
  std::int64_t dim = 0;
  std::int64_t hidden_dim = 0;  // width of the feed-forward layer
  std::int64_t n_layers = 0;
  std::int64_t n_heads = 0;
  Activation activation = Activation::kGelu;
  ProblemType problem_type = ProblemType::kSingleLabel;
  std::vector<std::string> labels;  // id2label in the order of the ids; LABEL_0, LABEL_1 where it is missing

  std::int64_t head_dim() const { return dim / n_heads; }
};

// Throws Error: kFileNotFound, kFileUnreadable, kInvalidConfig, kUnsupportedModel; the message names the field.
Config ReadConfig(const std::filesystem::path& path);

}  // namespace valence::internal
