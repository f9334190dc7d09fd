// WordPiece: turns a word into the ids of its pieces. Hugging Face tokenizers, models/wordpiece/mod.rs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "files/tokenizer_spec.h"
#include "tokenizer/byte_trie.h"

namespace valence::internal {

class WordPiece {
 public:
  // Throws Error kInvalidTokenizer for a vocabulary without the unknown token, a negative id or an ill-formed piece.
  explicit WordPiece(const TokenizerSpec& spec);

  // Appends the ids of the word's pieces, each the longest that matches; or the unknown id alone if no piece matches
  // somewhere, or if the word is too long. `word`: well-formed UTF-8, not empty.
  void Append(std::string_view word, std::vector<std::int32_t>& ids) const;

  // A word of more code points is unknown.
  std::size_t max_word_length() const { return max_word_length_; }

 private:
  ByteTrie pieces_;
  ByteTrie::Node continuation_;  // where the prefix "##" leads: from here the pieces inside a word are looked up
  std::size_t max_word_length_;
  std::int32_t unknown_id_;
};

}  // namespace valence::internal
