// The files that a tokenizer is spread over, each read on its own; tokenizer_spec.cpp makes one of them.
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

// An added token as a file states it; the id is only a claim until the vocabulary is known.
struct StatedToken {
  AddedToken token;
  std::optional<std::int32_t> id;
};

// tokenizer_config.json and special_tokens_map.json. What a file does not state stays empty.
struct TokenizerSettings {
  bool tokenizer_json_rules = false;  // its class takes tokenizer.json as it stands
  std::optional<bool> lowercase;
  std::optional<bool> handle_chinese_chars;
  std::optional<std::optional<bool>> strip_accents;  // stated null means "as lowercase"
  std::optional<std::size_t> model_max_length;
  std::map<std::string, std::string> special;  // "cls_token" to "[CLS]", ..: cls, sep, unk, pad, mask
  std::optional<std::vector<StatedToken>> added;
  std::vector<StatedToken> extra;  // additional_special_tokens
};

class JsonObject;

// {"content": "[CLS]", "lstrip": false, ..}; what it leaves out is as huggingface/tokenizers has it.
StatedToken ReadStatedToken(const JsonObject& token);

// Throws unless the field is absent or "right": texts are cut at their right end only.
void DemandRight(const JsonObject& object, const char* name);

// tokenizer.json.
struct TokenizerJson {
  TokenizerSpec spec;  // all but the added tokens and the two ids
  std::vector<StatedToken> added;
  bool has_template = false;  // its post-processor frames a text with the two below
  StatedToken cls, sep;
};

// Both throw Error: kFileNotFound, kFileUnreadable, kInvalidTokenizer.
TokenizerSettings ReadTokenizerSettings(const std::filesystem::path& model_folder);
TokenizerJson ReadTokenizerJson(const std::filesystem::path& path);

// A piece a line, its id the line's number from 0, white space at the line's end cut off.
// huggingface/tokenizers, models/wordpiece/mod.rs, read_file. Throws as the above.
Vocabulary ReadVocabulary(const std::filesystem::path& path);

// Whether something of that name is there, readable or not.
bool IsThere(const std::filesystem::path& path);

}  // namespace valence::internal
