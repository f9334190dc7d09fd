// Reads config.json as transformers does (configuration_utils.py, configuration_distilbert.py) and refuses what this
// library does not compute.
#include "files/config.h"

#include <charconv>
#include <optional>
#include <utility>

#include "files/json_file.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

constexpr std::int64_t kMaxLabels = 100'000;

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::kUnsupportedModel, Shown(path) + ": expected " + expected + ", found " + found);
}

// The model must be DistilBERT with a classification head. A file that names its model_type alone is trusted: the
// tensors will show.
void DemandDistilBertClassifier(const JsonObject& config, const std::filesystem::path& path) {
  const auto model_type = config.String("model_type");
  const Json* architectures = config.Find("architectures");
  std::string found = "model_type " + (model_type ? Quoted(*model_type) : "missing") + ", architectures";
  bool named = false;
  if (architectures == nullptr) {
    found += " missing";
  } else {
    if (!architectures->is_array()) config.Fail("architectures", "an array", Described(*architectures));
    for (const Json& architecture : *architectures) {
      // Not by the JSON library's operator==: it copies the literal and is noexcept.
      const auto* const name = architecture.get_ptr<const std::string*>();
      named = named || (name != nullptr && *name == "DistilBertForSequenceClassification");
      if (found.size() < 400) found += ' ' + Described(architecture);
    }
  }
  const bool silent = architectures == nullptr || architectures->empty();
  const bool ours = model_type ? *model_type == "distilbert" && (named || silent) : named;
  if (!ours)
    Refuse(path, "model_type \"distilbert\" with architectures [\"DistilBertForSequenceClassification\"]", found);
  if (const Json* pruned = config.Find("pruned_heads"); pruned != nullptr && !pruned->empty()) {
    Refuse(path, "no pruned_heads", Described(*pruned));
  }
  if (const Json* quantization = config.Find("quantization_config"); quantization != nullptr) {
    Refuse(path, "weights that are not quantised", "a quantization_config");
  }
}

// The ids must be 0 to n-1, in any order.
std::vector<std::string> ReadId2Label(const JsonObject& id2label, const JsonObject& config) {
  const std::size_t count = id2label.value().size();
  if (count == 0) config.Fail("id2label", "at least one label", "none");
  if (count > kMaxLabels) config.Fail("id2label", "at most " + std::to_string(kMaxLabels), std::to_string(count));
  std::vector<std::optional<std::string>> labels(count);
  for (const auto& [key, label] : id2label.value().items()) {
    std::size_t id = 0;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id >= count || labels[id]) {
      config.Fail("id2label", "the ids 0 to " + std::to_string(count - 1) + " once each", Quoted(key));
    }
    if (!label.is_string()) id2label.Fail(Quoted(key), "a string", Described(label));
    labels[id] = label.get<std::string>();
  }
  std::vector<std::string> ordered;
  for (auto& label : labels) ordered.push_back(*std::move(label));  // all set: count keys, distinct ids below count
  return ordered;
}

std::vector<std::string> ReadLabels(const JsonObject& config) {
  const auto stated = config.Integer("num_labels", 1, kMaxLabels);
  std::vector<std::string> labels;
  if (const auto id2label = config.Object("id2label")) {
    labels = ReadId2Label(*id2label, config);
    if (stated && static_cast<std::size_t>(*stated) != labels.size()) {
      config.Fail("num_labels", std::to_string(labels.size()) + " as in id2label", std::to_string(*stated));
    }
    return labels;
  }
  for (std::int64_t id = 0; id < stated.value_or(2); ++id) labels.push_back("LABEL_" + std::to_string(id));
  return labels;
}

// As in transformers' text classification pipeline: softmax over several labels, sigmoid for a single one.
ProblemType ReadProblemType(const JsonObject& config, const std::filesystem::path& path, std::size_t labels) {
  const auto type = config.String("problem_type");
  if (type == "multi_label_classification") return ProblemType::kMultiLabel;
  if (type == "single_label_classification") {
    if (labels == 1) config.Fail("problem_type", "another than \"single_label_classification\"", "that with one label");
    return ProblemType::kSingleLabel;
  }
  if (type) {
    Refuse(path, "problem_type \"single_label_classification\" or \"multi_label_classification\"", Quoted(*type));
  }
  return labels == 1 ? ProblemType::kMultiLabel : ProblemType::kSingleLabel;
}

}  // namespace

Config ReadConfig(const std::filesystem::path& path) {
  const JsonLimits limits{.bytes = std::size_t{16} << 20, .values = 500'000};
  const JsonTree json = ReadJsonFile(path, ErrorCode::kInvalidConfig, limits);
  const JsonObject fields(json.root, path, ErrorCode::kInvalidConfig);
  DemandDistilBertClassifier(fields, path);

  // transformers takes the second name for the first.
  const auto size = [&](const char* name, const char* alias, std::int64_t high, std::int64_t fallback) {
    const auto value = fields.Integer(name, 1, high);
    return value ? *value : fields.Integer(alias, 1, high).value_or(fallback);
  };
  Config config;
  config.vocab_size = fields.Integer("vocab_size", 1, 1 << 24).value_or(config.vocab_size);
  config.max_position_embeddings =
      fields.Integer("max_position_embeddings", 2, 1 << 20).value_or(config.max_position_embeddings);
  config.dim = size("dim", "hidden_size", 1 << 16, config.dim);
  config.hidden_dim = fields.Integer("hidden_dim", 1, 1 << 18).value_or(config.hidden_dim);
  config.n_layers = size("n_layers", "num_hidden_layers", 1 << 10, config.n_layers);
  config.n_heads = size("n_heads", "num_attention_heads", 1 << 16, config.n_heads);
  if (config.dim % config.n_heads != 0) {
    fields.Fail("n_heads", "a divisor of dim " + std::to_string(config.dim), std::to_string(config.n_heads));
  }
  const std::string activation = fields.String("activation").value_or("gelu");
  if (activation != "gelu" && activation != "relu") {
    Refuse(path, "activation \"gelu\" or \"relu\"", Quoted(activation));
  }
  config.activation = activation == "relu" ? Activation::kRelu : Activation::kGelu;
  config.labels = ReadLabels(fields);
  config.problem_type = ReadProblemType(fields, path, config.labels.size());
  return config;
}

}  // namespace valence::internal
