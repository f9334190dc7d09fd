// Weights by a fixed generator, so that every machine makes the same model.
#include "reference/random_model.h"

#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <random>
#include <string_view>

#include "files/model_tensors.h"

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

float DeviationOf(const std::string& name, const std::vector<std::uint64_t>& shape) {
  if (Contains(name, "LayerNorm") || Contains(name, "layer_norm") || Contains(name, ".bias")) return 0.2f;
  if (Contains(name, "embeddings")) return 1.0f;
  const bool scores =
      Contains(name, "q_lin") || Contains(name, "k_lin") || Contains(name, "query") || Contains(name, "key");
  return (scores ? 1.4f : 1.1f) / std::sqrt(static_cast<float>(shape.back()));
}

}  // namespace

RandomModel MakeRandomModel(Config config, std::uint32_t seed, const std::string& dtype) {
  if (config.labels.empty()) config.labels = {"NEGATIVE", "POSITIVE"};
  if (config.architecture->token_types != nullptr && config.token_types == 0) config.token_types = 2;
  RandomModel model{config, dtype, {}};
  Spread spread(seed);
  MakeModelTensors(config, [&](const std::string& name, const std::vector<std::uint64_t>& shape) {
    std::size_t count = 1;
    for (const std::uint64_t size : shape) count *= size;
    const bool gamma = Contains(name, "orm.weight");  // LayerNorm and layer_norm
    const float mean = gamma ? 1.0f : 0.0f, deviation = DeviationOf(name, shape);
    ReferenceTensor& tensor = model.tensors[name];
    tensor.shape.assign(shape.begin(), shape.end());
    tensor.values.resize(count);
    for (float& value : tensor.values) value = RoundedTo(dtype, mean + deviation * spread.Next());
    return nullptr;
  });
  return model;
}

RandomModel MakeSmallRandomModel(const Architecture* architecture) {
  Config config;
  config.architecture = architecture;
  config.vocab_size = 60;
  config.max_position_embeddings = 32;
  config.dim = 24;
  config.n_heads = 4;
  config.hidden_dim = 40;
  config.n_layers = 2;
  return MakeRandomModel(config, 3);
}

void WriteModelFolder(const std::filesystem::path& folder, const RandomModel& model) {
  const Config& config = model.config;
  const Architecture& architecture = *config.architecture;
  std::filesystem::create_directories(folder);
  nlohmann::json json = {
      {"architectures", {architecture.class_name}},
      {"model_type", architecture.model_type},
      {architecture.activation, ToString(config.activation)},
      {"problem_type",
       config.problem_type == ProblemType::kSingleLabel ? "single_label_classification" : "multi_label_classification"},
      {architecture.dim.name, config.dim},
      {architecture.hidden_dim.name, config.hidden_dim},
      {architecture.n_layers.name, config.n_layers},
      {architecture.n_heads.name, config.n_heads},
      {"max_position_embeddings", config.max_position_embeddings},
      {"vocab_size", config.vocab_size}};
  if (architecture.token_types != nullptr) json[architecture.token_types] = config.token_types;
  if (architecture.layer_norm_epsilon != nullptr) json[architecture.layer_norm_epsilon] = config.layer_norm_epsilon;
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
