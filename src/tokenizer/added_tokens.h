// Added tokens, found literally in a text: Hugging Face tokenizers, added_vocabulary.rs.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/tokenizer_spec.h"
#include "tokenizer/byte_trie.h"

namespace valence::internal {

// Added tokens that are all searched in the raw text, or all in the normalized text.
class AddedTokens {
 public:
  // No content is empty. Of two tokens with the same content the later one counts.
  explicit AddedTokens(std::vector<AddedToken> tokens);

  // A part of a text: an added token, or the text between two.
  struct Part {
    std::string_view text;  // between two tokens
    std::optional<std::int32_t> added_id;
  };
  // The parts of a text in order; parts between tokens are never empty.
  std::vector<Part> Split(std::string_view text) const;

  struct Match {
    std::size_t length = 0;  // 0: no token here
    std::int32_t id = 0;
    bool counts = false;  // false: a single_word token next to a word character; its whole length is skipped
  };
  // The longest token at `at`, a position in [begin, end).
  Match MatchAt(const char* begin, const char* at, const char* end) const;

  // Whether a token starts with this byte.
  bool MayStartWith(char byte) const { return starts_[static_cast<unsigned char>(byte)]; }

  bool empty() const { return tokens_.empty(); }

 private:
  const AddedToken* LongestAt(const char* at, const char* end) const;

  std::vector<AddedToken> tokens_;
  ByteTrie contents_;  // content to index in tokens_
  std::array<bool, 256> starts_{};
};

}  // namespace valence::internal
