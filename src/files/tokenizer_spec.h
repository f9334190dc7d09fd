// What a model folder says about its tokenizer: the type that passes from files/ to text/.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace valence::internal {

// A special token found literally in the raw text.
struct AddedToken {
  std::string content;
  std::int32_t id = 0;
  bool normalized = false;   // matched in the normalized text rather than the raw one
  bool single_word = false;  // matched only where no word character touches it
  bool lstrip = false;       // takes the white space on its left with it
  bool rstrip = false;       // and on its right
};

struct TokenizerSpec {
  // Piece and id in any order; ids need be neither dense nor sorted. A piece named twice has its later id.
  std::vector<std::pair<std::string, std::int32_t>> vocab;
  std::vector<AddedToken> added_tokens;  // contents distinct and not empty; some are in `vocab` too, with the same id
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
};

// Reads tokenizer.json where there is one, else vocab.txt; and tokenizer_config.json, special_tokens_map.json.
//
// Where the files differ, transformers' BERT classes take lower-casing, accents, Chinese characters, the special and
// added tokens from tokenizer_config.json, and so does this; with the class PreTrainedTokenizerFast both take
// tokenizer.json's. It departs from transformers 5.23 where tokenizer_config.json is silent: transformers then takes
// the defaults of uncased BERT even against tokenizer.json, this takes what tokenizer.json says. A special token that
// is in no vocabulary does not exist here; transformers gives it an id that no model has. Files that contradict each
// other in a token's id are refused.
// Throws Error: kFileNotFound, kFileUnreadable, kInvalidTokenizer naming the file and the field or line.
TokenizerSpec ReadTokenizerSpec(const std::filesystem::path& model_folder);

}  // namespace valence::internal
