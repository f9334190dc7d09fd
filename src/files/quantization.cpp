// Fields and their defaults as in compressed-tensors: quantization/quant_config.py, quant_scheme.py, quant_args.py.
#include "files/quantization.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "files/json_file.h"
#include "files/mapped_file.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

constexpr ErrorCode kCode = ErrorCode::kUnsupportedModel;

// The field must be that text, or may be missing where there is a default.
void Expect(const JsonObject& object, const char* name, const char* expected, bool optional) {
  const auto found = object.String(name);
  if (found ? *found != expected : !optional) {
    object.Fail(name, Quoted(expected), found ? Quoted(*found) : "none");
  }
}

// The field must be missing, null or empty.
void ExpectNone(const JsonObject& object, const char* name) {
  if (const Json* const found = object.Find(name); found != nullptr && !found->empty()) {
    object.Fail(name, "none", Described(*found));
  }
}

// The arguments of weights or of input_activations: 8-bit integers without zero points.
void CheckArguments(const JsonObject& arguments, const char* strategy, bool dynamic) {
  const auto fail_unless = [&](bool good, const char* name, const std::string& expected) {
    const Json* const found = arguments.Find(name);
    if (!good) arguments.Fail(name, expected, found == nullptr ? "none" : Described(*found));
  };
  Expect(arguments, "type", "int", /*optional=*/true);
  fail_unless(arguments.Integer("num_bits", INT64_MIN, INT64_MAX).value_or(8) == 8, "num_bits", "8");
  fail_unless(arguments.Bool("symmetric").value_or(true), "symmetric", "true (no zero points)");
  const Json* const found = arguments.Find("dynamic");
  fail_unless((found != nullptr && *found == true) == dynamic && (found == nullptr || found->is_boolean()), "dynamic",
              dynamic ? "true (scales found while computing, not static ones)" : "false");
  // As in the package, a group size of -1 means a channel where no strategy is named.
  const auto group_size = arguments.Integer("group_size", INT64_MIN, INT64_MAX);
  const bool by_size = group_size == -1 && !arguments.Find("strategy") && std::string(strategy) == "channel";
  if (!by_size) Expect(arguments, "strategy", strategy, /*optional=*/false);
  fail_unless(!group_size || *group_size == -1, "group_size", "none");
  ExpectNone(arguments, "block_structure");
}

// Whether all targets of a group are embeddings, by class or name.
bool TargetsEmbeddings(const JsonObject& group) {
  const Json* const targets = group.Find("targets");
  if (targets == nullptr || !targets->is_array() || targets->empty()) {
    group.Fail("targets", "an array of names", targets == nullptr ? "none" : Described(*targets));
  }
  return std::all_of(targets->begin(), targets->end(), [&](const Json& target) {
    if (!target.is_string()) group.Fail("targets", "names", Described(target));
    return target.get_ref<const std::string&>().find("mbedding") != std::string::npos;
  });
}

void CheckGroup(const JsonObject& group) {
  Expect(group, "format", "int-quantized", /*optional=*/true);
  CheckArguments(group.RequiredObject("weights"), "channel", /*dynamic=*/false);
  const auto activations = group.Object("input_activations");
  if (activations) {
    CheckArguments(*activations, "token", /*dynamic=*/true);
  } else if (!TargetsEmbeddings(group)) {  // embeddings are looked up by ids
    group.Fail("input_activations", "8-bit integers with a scale a token", "none");
  }
  ExpectNone(group, "output_activations");
}

nlohmann::ordered_json Arguments(const char* strategy, bool dynamic) {
  return {{"num_bits", 8}, {"type", "int"}, {"symmetric", true}, {"strategy", strategy}, {"dynamic", dynamic}};
}

nlohmann::ordered_json Group(const char* target, const nlohmann::ordered_json& activations) {
  return {{"targets", nlohmann::ordered_json::array({target})},
          {"weights", Arguments("channel", false)},
          {"input_activations", activations},
          {"output_activations", nullptr},
          {"format", "int-quantized"}};
}

}  // namespace

bool ReadQuantization(const JsonObject& config, const std::filesystem::path& path) {
  const Json* const found = config.Find("quantization_config");
  if (found == nullptr) return false;
  const JsonObject quantization(*found, path, kCode, "quantization_config.");
  Expect(quantization, "quant_method", "compressed-tensors", /*optional=*/false);
  Expect(quantization, "format", "int-quantized", /*optional=*/false);
  Expect(quantization, "quantization_status", "compressed", /*optional=*/true);
  for (const char* const name : {"kv_cache_scheme", "transform_config", "moe_sparsity_config"}) {
    ExpectNone(quantization, name);
  }
  if (const auto sparsity = quantization.Object("sparsity_config"); sparsity && !sparsity->value().empty()) {
    Expect(*sparsity, "format", "dense", /*optional=*/false);
  }
  const JsonObject groups = quantization.RequiredObject("config_groups");
  if (groups.value().empty()) quantization.Fail("config_groups", "at least one group", "none");
  for (const auto& [name, group] : groups.value().items()) {
    CheckGroup(JsonObject(group, path, kCode, "quantization_config.config_groups." + Quoted(name) + "."));
  }
  return true;
}

std::string AddQuantization(const std::filesystem::path& path, const Architecture& architecture, bool word_embeddings) {
  const std::string text = ReadWholeFile(path, std::size_t{16} << 20);
  ParseJson(text, path, ErrorCode::kInvalidConfig);  // with its limits; the other parser keeps the order of the fields
  auto config = nlohmann::ordered_json::parse(text);
  nlohmann::ordered_json groups = {{"group_0", Group("Linear", Arguments("token", true))}};
  if (word_embeddings) groups["group_1"] = Group("re:.*word_embeddings$", nullptr);
  config["quantization_config"] = {
      {"quant_method", "compressed-tensors"},
      {"format", "int-quantized"},
      {"quantization_status", "compressed"},
      {"config_groups", groups},
      {"ignore", {architecture.tensors.pre_classifier, architecture.tensors.classifier}},
  };
  return config.dump(2) + '\n';
}

}  // namespace valence::internal
