// Weights by a fixed generator, so that every machine makes the same model.
#include "reference/random_model.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string_view>

namespace valence::internal {
namespace {

// Uniform with mean 0 and standard deviation 1; std::normal_distribution differs between standard libraries.
class Spread {
 public:
  explicit Spread(std::uint32_t seed) : generator_(seed) {}
  float Next() { return (static_cast<float>(generator_() >> 8) * 0x1p-23f - 1.0f) * std::sqrt(3.0f); }

 private:
  std::mt19937 generator_;
};

bool Contains(std::string_view name, std::string_view part) { return name.find(part) != std::string_view::npos; }

float DeviationOf(const std::string& name, const std::vector<std::int64_t>& shape) {
  if (Contains(name, "LayerNorm") || Contains(name, "layer_norm") || Contains(name, ".bias")) return 0.2f;
  if (Contains(name, "embeddings")) return 1.0f;
  const bool scores = Contains(name, "q_lin") || Contains(name, "k_lin");
  return (scores ? 1.4f : 1.1f) / std::sqrt(static_cast<float>(shape.back()));
}

}  // namespace

std::vector<std::pair<std::string, std::vector<std::int64_t>>> PublishedTensors(const Config& config) {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> tensors;
  const auto add_linear = [&](const std::string& name, std::int64_t out, std::int64_t in) {
    tensors.push_back({name + ".weight", {out, in}});
    tensors.push_back({name + ".bias", {out}});
  };
  const auto add_norm = [&](const std::string& name) {
    tensors.push_back({name + ".weight", {config.dim}});
    tensors.push_back({name + ".bias", {config.dim}});
  };
  tensors.push_back({"distilbert.embeddings.word_embeddings.weight", {config.vocab_size, config.dim}});
  tensors.push_back({"distilbert.embeddings.position_embeddings.weight", {config.max_position_embeddings, config.dim}});
  add_norm("distilbert.embeddings.LayerNorm");
  for (std::int64_t i = 0; i < config.n_layers; ++i) {
    const std::string layer = "distilbert.transformer.layer." + std::to_string(i) + ".";
    for (const char* name : {"q_lin", "k_lin", "v_lin", "out_lin"}) {
      add_linear(layer + "attention." + name, config.dim, config.dim);
    }
    add_norm(layer + "sa_layer_norm");
    add_linear(layer + "ffn.lin1", config.hidden_dim, config.dim);
    add_linear(layer + "ffn.lin2", config.dim, config.hidden_dim);
    add_norm(layer + "output_layer_norm");
  }
  add_linear("pre_classifier", config.dim, config.dim);
  add_linear("classifier", static_cast<std::int64_t>(config.labels.size()), config.dim);
  return tensors;
}

RandomModel MakeRandomModel(Config config, std::uint32_t seed, const std::string& dtype) {
  if (config.labels.empty()) config.labels = {"NEGATIVE", "POSITIVE"};
  RandomModel model{config, dtype, {}};
  Spread spread(seed);
  for (const auto& [name, shape] : PublishedTensors(config)) {
    std::size_t count = 1;
    for (const std::int64_t size : shape) count *= static_cast<std::size_t>(size);
    const bool gamma = Contains(name, "orm.weight");  // LayerNorm and layer_norm
    const float mean = gamma ? 1.0f : 0.0f, deviation = DeviationOf(name, shape);
    ReferenceTensor& tensor = model.tensors[name];
    tensor.shape = shape;
    tensor.values.resize(count);
    for (float& value : tensor.values) value = RoundedTo(dtype, mean + deviation * spread.Next());
  }
  return model;
}

void WriteModelFolder(const std::filesystem::path& folder, const RandomModel& model) {
  const Config& config = model.config;
  std::filesystem::create_directories(folder);
  nlohmann::json json = {
      {"architectures", {"DistilBertForSequenceClassification"}},
      {"model_type", "distilbert"},
      {"activation", config.activation == Activation::kGelu ? "gelu" : "relu"},
      {"problem_type",
       config.problem_type == ProblemType::kSingleLabel ? "single_label_classification" : "multi_label_classification"},
      {"dim", config.dim},
      {"hidden_dim", config.hidden_dim},
      {"n_layers", config.n_layers},
      {"n_heads", config.n_heads},
      {"max_position_embeddings", config.max_position_embeddings},
      {"vocab_size", config.vocab_size}};
  for (std::size_t i = 0; i < config.labels.size(); ++i) json["id2label"][std::to_string(i)] = config.labels[i];
  std::ofstream(folder / "config.json") << json.dump(1);
  std::ofstream(folder / "tokenizer_config.json")
      << nlohmann::json{{"do_lower_case", true}, {"tokenizer_class", "DistilBertTokenizer"}}.dump(1);
  std::ofstream vocab(folder / "vocab.txt");
  vocab << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\n";
  for (std::int64_t id = kFirstWordId; id < config.vocab_size; ++id) vocab << 'w' << id << '\n';
  WriteSafetensors(folder / "model.safetensors", model.tensors, model.dtype);
}

std::vector<std::int32_t> RandomIds(const Config& config, std::size_t length, std::uint32_t seed) {
  std::mt19937 generator(seed);
  const auto words = static_cast<std::uint32_t>(config.vocab_size - kFirstWordId);
  std::vector<std::int32_t> ids(length, kClsId);
  for (std::size_t i = 1; i < length; ++i) ids[i] = kFirstWordId + static_cast<std::int32_t>(generator() % words);
  ids.back() = kSepId;
  return ids;
}

std::string TextOf(std::span<const std::int32_t> ids) {
  std::string text;
  for (std::size_t i = 1; i + 1 < ids.size(); ++i) text += (i == 1 ? "w" : " w") + std::to_string(ids[i]);
  return text;
}

}  // namespace valence::internal
