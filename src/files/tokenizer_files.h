// The files of a tokenizer, each read separately; tokenizer_spec.cpp combines them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
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

// The special tokens that every tokenizer may have, in the order in which transformers gives ids to those of no
// vocabulary (SPECIAL_TOKENS_ATTRIBUTES).
inline constexpr const char* kSpecialNames[] = {"bos_token", "eos_token", "unk_token", "sep_token",
                                                "pad_token", "cls_token", "mask_token"};

// The content of tokenizer_config.json, special_tokens_map.json and added_tokens.json. What a file does not state stays
// empty.
struct TokenizerSettings {
  bool tokenizer_json_rules = false;  // tokenizer.json counts where the files differ
  std::optional<bool> lowercase;
  std::optional<bool> handle_chinese_chars;
  std::optional<std::optional<bool>> strip_accents;  // stated null means "as lowercase"
  std::optional<std::size_t> model_max_length;
  std::optional<bool> truncates_left;
  // "cls_token" to "[CLS]", ..: the names of kSpecialNames; nothing where a file says null.
  std::map<std::string, std::optional<StatedToken>, std::less<>> special;
  std::vector<std::pair<std::string, StatedToken>> named;  // further tokens with a name, as "image_token"
  std::optional<std::vector<StatedToken>> added;           // added_tokens_decoder
  std::optional<std::vector<StatedToken>> added_file;      // added_tokens.json, read only without the former
  std::vector<StatedToken> extra;  // extra_special_tokens and additional_special_tokens without names
  bool has_extra = false, has_additional = false;
};

class JsonObject;

// {"content": "[CLS]", "lstrip": false, ..}; missing fields have the defaults of huggingface/tokenizers.
StatedToken ReadStatedToken(const JsonObject& token);

// Whether the field says "left"; nothing where it is absent. Throws for anything but "left" and "right".
std::optional<bool> ReadSide(const JsonObject& object, const char* name);

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

// Whether something of that name exists, readable or not; a link to nothing does.
bool IsThere(const std::filesystem::path& path);

}  // namespace valence::internal
