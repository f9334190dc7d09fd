// What a model folder says about its tokenizer: the type that passes from files/ to tokenizer/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace valence::internal {

// A token that is searched literally in a text, before WordPiece.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool normalized = false;   // matched in the normalized text rather than the raw one
  bool single_word = false;  // matched only if no word character is next to it
  bool lstrip = false;       // its match includes the white space before it
  bool rstrip = false;       // and after it
};

struct TokenizerSpec {
  std::filesystem::path folder;  // that it was read from
  // Piece and id in any order; ids need be neither dense nor sorted. Of a piece that occurs twice the later id counts.
  std::vector<std::pair<std::string, std::int32_t>> vocab;
  std::vector<AddedToken> added_tokens;  // distinct, not empty contents; some are also in `vocab`, with the same id
  std::int32_t cls_id = 0;
  std::int32_t sep_id = 0;
  std::string unk_token = "[UNK]";  // in `vocab`
  std::string continuing_subword_prefix = "##";
  std::size_t max_input_chars_per_word = 100;
  bool clean_text = true;
  bool handle_chinese_chars = true;
  std::optional<bool> strip_accents;  // nullopt: as `lowercase`
  bool lowercase = true;
  std::optional<std::size_t> model_max_length;  // at least 2
  bool truncates_left = false;                  // of a text that is too long, the beginning is cut off
};

// Reads tokenizer.json, or vocab.txt if there is none, and tokenizer_config.json and special_tokens_map.json.
//
// Where the files differ, tokenizer_config.json determines lower-casing, accents, Chinese characters, special and added
// tokens, as in transformers' BERT classes; with the class PreTrainedTokenizerFast tokenizer.json does. There are three
// differences from transformers 5.23. If tokenizer_config.json does not state a setting, transformers uses uncased
// BERT's default, and this uses tokenizer.json's. A special token that is in no vocabulary gets the next id, as there,
// but is ignored where the model has no embedding for that (`embeddings` is their number), and an error where it is
// [CLS] or [SEP]. If the files give a token
// different ids, that is an error here. Throws Error: kFileNotFound, kFileUnreadable, kInvalidTokenizer naming the file
// and the field or line.
TokenizerSpec ReadTokenizerSpec(const std::filesystem::path& model_folder, std::int64_t embeddings = INT64_MAX);

}  // namespace valence::internal
