// tokenizer_config.json, and special_tokens_map.json and added_tokens.json where transformers reads them too.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "files/json_file.h"
#include "files/tokenizer_files.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

constexpr ErrorCode kCode = ErrorCode::kInvalidTokenizer;
const JsonLimits kLimits{.bytes = std::size_t{16} << 20, .values = 500'000};
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

void SortById(std::vector<StatedToken>& tokens) {
  std::sort(tokens.begin(), tokens.end(), [](const StatedToken& a, const StatedToken& b) { return a.id < b.id; });
}

// The tokens of a list, or the values of an object of named tokens; none where the field is absent.
std::vector<StatedToken> ReadTokens(const JsonObject& file, const std::filesystem::path& path, const char* name) {
  std::vector<StatedToken> tokens;
  const Json* found = file.Find(name);
  if (found == nullptr) return tokens;
  if (!found->is_structured()) file.Fail(name, "an array or an object of tokens", Described(*found));
  for (const auto& [key, value] : found->items()) {
    tokens.push_back(ReadToken(value, file, path, name + ("." + key)));
  }
  return tokens;
}

void ReadSpecialTokens(const JsonObject& file, const std::filesystem::path& path, TokenizerSettings& settings) {
  for (const auto& [name, value] : file.value().items()) {
    const bool is_known =
        std::find(std::begin(kSpecialNames), std::end(kSpecialNames), name) != std::end(kSpecialNames);
    // transformers takes a further field such as "image_token" for a special token too, if it holds a token.
    if (value.is_null() || !(is_known || (name.ends_with("_token") && (value.is_string() || value.is_object()))))
      continue;
    settings.special[name] = ReadToken(value, file, path, name).token.content;
  }
  // Of each of the two fields the first file that has tokens counts; beside an array of extra_special_tokens the older
  // field does not.
  const auto keep = [&](const char* name, bool& is_known) {
    const auto tokens = ReadTokens(file, path, name);
    if (std::exchange(is_known, is_known || !tokens.empty())) return;
    settings.extra.insert(settings.extra.end(), tokens.begin(), tokens.end());
  };
  keep("extra_special_tokens", settings.has_extra);
  const Json* const extra = file.Find("extra_special_tokens");
  if (extra == nullptr || !extra->is_array() || extra->empty()) {
    keep("additional_special_tokens", settings.has_additional);
  }
}

// added_tokens.json, {"<url>": 245, ..}, which transformers 4 and older wrote; read where nothing newer lists them.
void ReadAddedTokensFile(const std::filesystem::path& path, TokenizerSettings& settings) {
  const JsonTree json = ReadJsonFile(path, kCode, kLimits);
  const JsonObject file(json.root, path, kCode);
  const auto is_special = [&](const std::string& content) {
    const auto has_content = [&](const StatedToken& token) { return token.token.content == content; };
    return std::any_of(settings.special.begin(), settings.special.end(),
                       [&](const auto& named) { return named.second == content; }) ||
           std::any_of(settings.extra.begin(), settings.extra.end(), has_content);
  };
  settings.added_file.emplace();
  for (const auto& [content, id] : file.value().items()) {
    StatedToken stated;
    stated.token.content = content;
    stated.token.normalized = !is_special(content);
    stated.id = file.RequiredId(content.c_str());
    settings.added_file->push_back(std::move(stated));
  }
  SortById(*settings.added_file);
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
  SortById(*settings.added);
}

}  // namespace

bool IsThere(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::exists(path, error) || error;
}

TokenizerSettings ReadTokenizerSettings(const std::filesystem::path& model_folder) {
  TokenizerSettings settings;
  if (const auto path = model_folder / "tokenizer_config.json"; IsThere(path)) {
    const JsonTree json = ReadJsonFile(path, kCode, kLimits);
    const JsonObject config(json.root, path, kCode);
    ReadClass(config, settings);
    settings.lowercase = config.Bool("do_lower_case");
    settings.handle_chinese_chars = config.Bool("tokenize_chinese_chars");
    if (json.root.contains("strip_accents")) settings.strip_accents = config.Bool("strip_accents");
    settings.truncates_left = ReadSide(config, "truncation_side");
    ReadModelMaxLength(config, settings);
    ReadSpecialTokens(config, path, settings);
    ReadAddedTokens(config, path, settings);
  }
  // Later versions of transformers write everything into tokenizer_config.json, and then ignore this file.
  if (const auto path = model_folder / "special_tokens_map.json"; !settings.added && IsThere(path)) {
    const JsonTree json = ReadJsonFile(path, kCode, kLimits);
    ReadSpecialTokens(JsonObject(json.root, path, kCode), path, settings);
  }
  if (const auto path = model_folder / "added_tokens.json"; !settings.added && IsThere(path)) {
    ReadAddedTokensFile(path, settings);
  }
  return settings;
}

}  // namespace valence::internal
