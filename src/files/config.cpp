// Reads config.json as transformers does (configuration_utils.py and the configuration_*.py of each architecture) and
// refuses what this library does not compute.
#include "files/config.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "files/json_file.h"
#include "files/quantization.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

constexpr std::int64_t kMaxLabels = 100'000;

[[noreturn]] void Refuse(const std::filesystem::path& path, const std::string& expected, const std::string& found) {
  throw Error(ErrorCode::kUnsupportedModel, Shown(path) + ": expected " + expected + ", found " + found);
}

// Names in the array "architectures", or the one name in its place; entries of other types are left out.
std::vector<std::string> ReadClassNames(const JsonObject& config) {
  std::vector<std::string> names;
  const Json* const found = config.Find("architectures");
  if (found == nullptr) return names;
  if (found->is_string()) return {found->get<std::string>()};
  if (!found->is_array()) config.Fail("architectures", "an array of names", Described(*found));
  for (const Json& name : *found) {
    if (name.is_string()) names.push_back(name.get<std::string>());
  }
  return names;
}

// By model_type, or where that is missing by class. A class of another task is accepted here: folders are published
// with the wrong name, and the tensors decide (model_tensors.cpp).
const Architecture& FindArchitecture(const JsonObject& config, const std::filesystem::path& path, Config& out) {
  const auto model_type = config.String("model_type");
  const std::vector<std::string> class_names = ReadClassNames(config);
  std::string expected;
  for (const Architecture* const architecture : Architectures()) {
    const bool is_named =
        std::find(class_names.begin(), class_names.end(), architecture->class_name) != class_names.end();
    if (model_type ? *model_type == architecture->model_type : is_named) {
      if (!is_named && !class_names.empty()) out.other_class = class_names.front();
      return *architecture;
    }
    expected += std::string(expected.empty() ? "" : " or ") + "model_type \"" + architecture->model_type +
                "\" with architectures [\"" + architecture->class_name + "\"]";
  }
  std::string found = "model_type " + (model_type ? Quoted(*model_type) : "missing") + ", architectures";
  if (class_names.empty()) found += " missing";
  for (const std::string& name : class_names) {
    if (found.size() < 400) found += ' ' + Quoted(name);
  }
  Refuse(path, expected, found);
}

// Settings of other computations than the library's, or of weights that it does not read.
void CheckVariants(const JsonObject& config, const std::filesystem::path& path) {
  if (const Json* pruned = config.Find("pruned_heads"); pruned != nullptr && !pruned->empty()) {
    Refuse(path, "no pruned_heads", Described(*pruned));
  }
  if (const auto kind = config.String("position_embedding_type"); kind && *kind != "absolute") {
    Refuse(path, "position_embedding_type \"absolute\"", Quoted(*kind));
  }
  if (config.Bool("is_decoder").value_or(false)) Refuse(path, "an encoder", "is_decoder true");
}

Activation ReadActivation(const JsonObject& config, const std::filesystem::path& path, const char* field) {
  const auto name = config.String(field);
  const auto activation = name ? FindActivation(*name) : Activation::kGelu;
  if (!activation) Refuse(path, std::string(field) + " to be one of " + ActivationNames(), Quoted(*name));
  return *activation;
}

// The name that transformers gives a label without one.
std::string DefaultLabel(std::size_t id) { return "LABEL_" + std::to_string(id); }

// A number or a truth value names the label by its text in JSON; null is no name.
std::string ReadLabel(const Json& label, std::size_t id, const JsonObject& id2label, const std::string& key) {
  if (label.is_string()) return label.get<std::string>();
  if (label.is_null()) return DefaultLabel(id);
  if (label.is_structured()) id2label.Fail(Quoted(key), "a string", Described(label));
  return label.dump();
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
    labels[id] = ReadLabel(label, id, id2label, key);
  }
  std::vector<std::string> ordered;
  for (auto& label : labels) ordered.push_back(*std::move(label));  // all set: count keys, distinct ids below count
  return ordered;
}

// Of num_labels and id2label that contradict each other the former counts, and the names are lost.
std::vector<std::string> ReadLabels(const JsonObject& config) {
  const auto stated = config.Integer("num_labels", 1, kMaxLabels);
  std::vector<std::string> labels;
  if (const auto id2label = config.Object("id2label")) {
    labels = ReadId2Label(*id2label, config);
    if (!stated || static_cast<std::size_t>(*stated) == labels.size()) return labels;
    labels.clear();
  }
  const auto count = static_cast<std::size_t>(stated.value_or(2));
  for (std::size_t id = 0; id < count; ++id) labels.push_back(DefaultLabel(id));
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
  if (type == "regression") return ProblemType::kRegression;
  if (type) {
    Refuse(path, "problem_type \"single_label_classification\", \"multi_label_classification\" or \"regression\"",
           Quoted(*type));
  }
  return labels == 1 ? ProblemType::kMultiLabel : ProblemType::kSingleLabel;
}

}  // namespace

Config ReadConfig(const std::filesystem::path& path) {
  const JsonLimits limits{.bytes = std::size_t{16} << 20, .values = 500'000};
  const JsonTree json = ReadJsonFile(path, ErrorCode::kInvalidConfig, limits);
  const JsonObject fields(json.root, path, ErrorCode::kInvalidConfig);
  Config config;
  const Architecture& architecture = FindArchitecture(fields, path, config);
  CheckVariants(fields, path);
  config.int8_weights = ReadQuantization(fields, path);

  const auto size = [&](const SizeField& field, std::int64_t high) {
    const auto named = fields.Integer(field.name, 1, high);
    const auto alias = field.alias == nullptr ? std::nullopt : fields.Integer(field.alias, 1, high);
    return alias.value_or(named.value_or(field.default_value));
  };
  config.architecture = &architecture;
  config.vocab_size = fields.Integer("vocab_size", 1, 1 << 24).value_or(config.vocab_size);
  // Room for [CLS] and [SEP].
  config.max_position_embeddings = fields.Integer("max_position_embeddings", architecture.position_offset + 2, 1 << 20)
                                       .value_or(config.max_position_embeddings);
  config.dim = size(architecture.dim, 1 << 16);
  config.hidden_dim = size(architecture.hidden_dim, 1 << 18);
  config.n_layers = size(architecture.n_layers, 1 << 10);
  config.n_heads = size(architecture.n_heads, 1 << 16);
  if (config.dim % config.n_heads != 0) {
    fields.Fail(architecture.n_heads.name,
                std::string("a divisor of ") + architecture.dim.name + " " + std::to_string(config.dim),
                std::to_string(config.n_heads));
  }
  if (architecture.token_types != nullptr) {
    config.token_types = fields.Integer(architecture.token_types, 1, 1 << 16).value_or(2);
  }
  config.layer_norm_epsilon = architecture.default_layer_norm_epsilon;
  if (architecture.layer_norm_epsilon != nullptr) {
    if (const auto epsilon = fields.Number(architecture.layer_norm_epsilon, 0, 1)) {
      config.layer_norm_epsilon = static_cast<float>(*epsilon);
    }
  }
  config.activation = ReadActivation(fields, path, architecture.activation);
  config.labels = ReadLabels(fields);
  config.problem_type = ReadProblemType(fields, path, config.labels.size());
  return config;
}

}  // namespace valence::internal
