// The files of a tokenizer, each read separately; tokenizer_spec.cpp combines them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "files/tokenizer_spec.h"

namespace valence::internal {

using Vocabulary = std::vector<std::pair<std::string, std::int32_t>>;

constexpr std::size_t kMaxVocabulary = 1'000'000;

// An added token as a file states it. The id is checked when the vocabulary is known.
struct StatedToken {
  AddedToken token;
  std::optional<std::int32_t> id;
};

// The content of tokenizer_config.json and special_tokens_map.json. What a file does not state stays empty.
struct TokenizerSettings {
  bool tokenizer_json_rules = false;  // tokenizer.json counts where the files differ
  std::optional<bool> lowercase;
  std::optional<bool> handle_chinese_chars;
  std::optional<std::optional<bool>> strip_accents;  // stated null means "as lowercase"
  std::optional<std::size_t> model_max_length;
  std::map<std::string, std::string> special;  // "cls_token" to "[CLS]", ..: cls, sep, unk, pad, mask
  std::optional<std::vector<StatedToken>> added;
  std::vector<StatedToken> extra;  // additional_special_tokens
};

class JsonObject;

// {"content": "[CLS]", "lstrip": false, ..}; missing fields have the defaults of huggingface/tokenizers.
StatedToken ReadStatedToken(const JsonObject& token);

// Throws if the field is neither absent nor "right": only the end of a text can be cut off.
void CheckRight(const JsonObject& object, const char* name);

// The content of tokenizer.json.
struct TokenizerJson {
  TokenizerSpec spec;  // without the added tokens and cls_id, sep_id
  std::vector<StatedToken> added;
  bool has_template = false;  // its post-processor adds the two tokens below
  StatedToken cls, sep;
};

// Both throw Error: kFileNotFound, kFileUnreadable, kInvalidTokenizer.
TokenizerSettings ReadTokenizerSettings(const std::filesystem::path& model_folder);
TokenizerJson ReadTokenizerJson(const std::filesystem::path& path);

// One piece a line; its id is the line number from 0; white space at the end of the line is removed.
// huggingface/tokenizers, models/wordpiece/mod.rs, read_file. Throws as the above.
Vocabulary ReadVocabulary(const std::filesystem::path& path);

// Whether something of that name exists, readable or not.
bool IsThere(const std::filesystem::path& path);

}  // namespace valence::internal
