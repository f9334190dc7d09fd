// tokenizer_config.json, and special_tokens_map.json where transformers reads it too.
#include <algorithm>
#include <charconv>
#include <utility>

#include "files/json_file.h"
#include "files/tokenizer_files.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

constexpr ErrorCode kCode = ErrorCode::kInvalidTokenizer;
constexpr const char* kSpecialNames[] = {"cls_token", "sep_token", "unk_token", "pad_token", "mask_token"};

// The class decides which file counts where they differ. A class that is not a BERT tokenizer is an error.
void ReadClass(const JsonObject& config, TokenizerSettings& settings) {
  const auto name = config.String("tokenizer_class");
  if (!name) return;
  std::string_view bare = *name;
  if (bare == "PreTrainedTokenizerFast" || bare == "TokenizersBackend") {
    settings.tokenizer_json_rules = true;
    return;
  }
  if (bare.ends_with("Fast")) bare.remove_suffix(4);
  if (bare != "BertTokenizer" && bare != "DistilBertTokenizer" && bare != "ElectraTokenizer") {
    config.Fail("tokenizer_class", "a BERT tokenizer", Quoted(*name));
  }
}

void ReadModelMaxLength(const JsonObject& config, TokenizerSettings& settings) {
  for (const char* name : {"model_max_length", "max_len"}) {
    const Json* length = config.Find(name);
    if (length == nullptr) continue;
    // transformers writes "no limit" as the integer nearest to 1e30, which no integer type holds.
    if (length->is_number() && length->get<double>() >= 1e9) return;
    settings.model_max_length = static_cast<std::size_t>(*config.Integer(name, 2, 1'000'000'000));
    return;
  }
}

// A special token: "[CLS]", or {"content": "[CLS]", ..}.
StatedToken ReadToken(const Json& value, const JsonObject& file, const std::filesystem::path& path,
                      const std::string& name) {
  if (value.is_object()) return ReadStatedToken(JsonObject(value, path, kCode, name + "."));
  if (!value.is_string()) file.Fail(name, "a token", Described(value));
  StatedToken stated;
  stated.token.content = value.get<std::string>();
  return stated;
}

void ReadSpecialTokens(const JsonObject& file, const std::filesystem::path& path, TokenizerSettings& settings) {
  for (const char* name : kSpecialNames) {
    const Json* value = file.Find(name);
    if (value != nullptr) settings.special[name] = ReadToken(*value, file, path, name).token.content;
  }
  for (const char* name : {"additional_special_tokens", "extra_special_tokens"}) {
    const Json* list = file.Find(name);
    if (list == nullptr || !list->is_array())
      continue;  // extra_special_tokens may be an object of named tokens, for chat models
    for (const Json& value : *list) settings.extra.push_back(ReadToken(value, file, path, name));
  }
}

// {"101": {"content": "[CLS]", ..}, ..}
void ReadAddedTokens(const JsonObject& config, const std::filesystem::path& path, TokenizerSettings& settings) {
  const auto decoder = config.Object("added_tokens_decoder");
  if (!decoder) return;
  settings.added.emplace();
  for (const auto& [key, value] : decoder->value().items()) {
    std::int32_t id = -1;
    const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), id);
    if (error != std::errc() || end != key.data() + key.size() || id < 0) {
      config.Fail("added_tokens_decoder", "ids as keys", Quoted(key));
    }
    settings.added->push_back(ReadStatedToken(JsonObject(value, path, kCode, "added_tokens_decoder." + key + ".")));
    settings.added->back().id = id;
  }
  std::sort(settings.added->begin(), settings.added->end(),
            [](const StatedToken& a, const StatedToken& b) { return a.id < b.id; });
}

}  // namespace

bool IsThere(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) || error;
}

TokenizerSettings ReadTokenizerSettings(const std::filesystem::path& model_folder) {
  TokenizerSettings settings;
  const JsonLimits limits{.bytes = std::size_t{16} << 20, .values = 500'000};
  if (const auto path = model_folder / "tokenizer_config.json"; IsThere(path)) {
    const JsonTree json = ReadJsonFile(path, kCode, limits);
    const JsonObject config(json.root, path, kCode);
    ReadClass(config, settings);
    settings.lowercase = config.Bool("do_lower_case");
    settings.handle_chinese_chars = config.Bool("tokenize_chinese_chars");
    if (json.root.contains("strip_accents")) settings.strip_accents = config.Bool("strip_accents");
    CheckRight(config, "truncation_side");
    ReadModelMaxLength(config, settings);
    ReadSpecialTokens(config, path, settings);
    ReadAddedTokens(config, path, settings);
  }
  // Later versions of transformers write everything into tokenizer_config.json, and then ignore this file.
  if (const auto path = model_folder / "special_tokens_map.json"; !settings.added && IsThere(path)) {
    const JsonTree json = ReadJsonFile(path, kCode, limits);
    ReadSpecialTokens(JsonObject(json.root, path, kCode), path, settings);
  }
  return settings;
}

}  // namespace valence::internal
