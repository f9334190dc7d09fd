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
// In the order of the file: tokens of no vocabulary are numbered in it.
const JsonLimits kLimits{.bytes = std::size_t{16} << 20, .values = 500'000, .keeps_order = true};

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

using NamedTokens = std::vector<std::pair<std::string, StatedToken>>;

// tokenizer_config.json or special_tokens_map.json.
struct SettingsFile {
  const JsonTree& tree;
  const JsonObject& object;
  const std::filesystem::path& path;

  const Json& operator[](const std::string& key) const { return tree.root.at(key); }
};

// The tokens of a list, which have no names, or of an object of named ones; none where the field is absent.
NamedTokens ReadTokens(const SettingsFile& file, const char* field) {
  NamedTokens tokens;
  const Json* found = file.object.Find(field);
  if (found == nullptr) return tokens;
  if (!found->is_structured()) file.object.Fail(field, "an array or an object of tokens", Described(*found));
  const auto read = [&](const std::string& name, const std::string& key, const Json& value) {
    tokens.emplace_back(name, ReadToken(value, file.object, file.path, field + ("." + key)));
  };
  if (found->is_array()) {
    for (const auto& [key, value] : found->items()) read("", key, value);
  } else if (const auto keys = file.tree.keys_of.find(field); keys != file.tree.keys_of.end()) {
    for (const std::string& key : keys->second) read(key, key, found->at(key));
  }
  return tokens;
}

// Replaces the token of that name, or appends it.
void SetNamed(NamedTokens& tokens, const std::pair<std::string, StatedToken>& token) {
  const auto known =
      std::find_if(tokens.begin(), tokens.end(), [&](const auto& other) { return other.first == token.first; });
  known == tokens.end() ? tokens.push_back(token) : void(known->second = token.second);
}

bool IsSpecialName(std::string_view name) {
  return std::find(std::begin(kSpecialNames), std::end(kSpecialNames), name) != std::end(kSpecialNames);
}

// Both of extra_special_tokens and additional_special_tokens, of which the first file with tokens counts each time;
// beside an array of the former the latter does not. Those with names go to `named`.
void ReadExtraTokens(const SettingsFile& file, TokenizerSettings& settings, NamedTokens& named) {
  const auto keep = [&](const char* field, bool& is_known) {
    const NamedTokens tokens = ReadTokens(file, field);
    if (std::exchange(is_known, is_known || !tokens.empty())) return;
    for (const auto& token : tokens) {
      token.first.empty() ? settings.extra.push_back(token.second) : SetNamed(named, token);
    }
  };
  keep("extra_special_tokens", settings.has_extra);
  const Json* const extra = file.object.Find("extra_special_tokens");
  if (extra == nullptr || !extra->is_array() || extra->empty()) {
    keep("additional_special_tokens", settings.has_additional);
  }
}

// Named tokens are numbered as transformers does it: those that special_tokens_map.json names, and objects that
// tokenizer_config.json marks as tokens, stand in `first`; strings of tokenizer_config.json and the tokens of
// extra_special_tokens in `then`.
void ReadSpecialTokens(const SettingsFile& file, bool is_map, TokenizerSettings& settings, NamedTokens& first,
                       NamedTokens& then) {
  for (const std::string& name : file.tree.keys) {
    const Json& value = file[name];
    if (IsSpecialName(name)) {
      settings.special[name] =
          value.is_null() ? std::nullopt : std::optional(ReadToken(value, file.object, file.path, name));
    } else if (name.ends_with("_token") && value.is_string()) {
      SetNamed(is_map ? first : then, {name, ReadToken(value, file.object, file.path, name)});
    } else if (name.ends_with("_token") && value.is_object() && (is_map || value.contains("__type"))) {
      SetNamed(first, {name, ReadToken(value, file.object, file.path, name)});
    }
  }
  ReadExtraTokens(file, settings, then);
}

// added_tokens.json, {"<url>": 245, ..}, which transformers 4 and older wrote; read where nothing newer lists them.
void ReadAddedTokensFile(const std::filesystem::path& path, TokenizerSettings& settings) {
  const JsonTree json = ReadJsonFile(path, kCode, kLimits);
  const JsonObject file(json.root, path, kCode);
  const auto is_special = [&](const std::string& content) {
    const auto has_content = [&](const StatedToken& token) { return token.token.content == content; };
    return std::any_of(settings.special.begin(), settings.special.end(),
                       [&](const auto& special) { return special.second && has_content(*special.second); }) ||
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

// A link to nothing is there: a cache that was copied in part must not be read without some of its files.
bool IsThere(const std::filesystem::path& path) {
  std::error_code error;
  return std::filesystem::symlink_status(path, error).type() != std::filesystem::file_type::not_found;
}

TokenizerSettings ReadTokenizerSettings(const std::filesystem::path& model_folder) {
  TokenizerSettings settings;
  NamedTokens first, then;
  if (const auto path = model_folder / "tokenizer_config.json"; IsThere(path)) {
    const JsonTree json = ReadJsonFile(path, kCode, kLimits);
    const JsonObject config(json.root, path, kCode);
    ReadClass(config, settings);
    settings.lowercase = config.Bool("do_lower_case");
    settings.handle_chinese_chars = config.Bool("tokenize_chinese_chars");
    if (json.root.contains("strip_accents")) settings.strip_accents = config.Bool("strip_accents");
    settings.truncates_left = ReadSide(config, "truncation_side");
    ReadModelMaxLength(config, settings);
    ReadSpecialTokens({json, config, path}, /*is_map=*/false, settings, first, then);
    ReadAddedTokens(config, path, settings);
  }
  // Later versions of transformers write everything into tokenizer_config.json, and then ignore this file.
  if (const auto path = model_folder / "special_tokens_map.json"; !settings.added && IsThere(path)) {
    const JsonTree json = ReadJsonFile(path, kCode, kLimits);
    ReadSpecialTokens({json, JsonObject(json.root, path, kCode), path}, /*is_map=*/true, settings, first, then);
  }
  if (const auto path = model_folder / "added_tokens.json"; !settings.added && IsThere(path)) {
    ReadAddedTokensFile(path, settings);
  }
  settings.named = std::move(first);
  for (const auto& token : then) SetNamed(settings.named, token);
  return settings;
}

}  // namespace valence::internal
