// Turns a raw text into the token ids that the model reads: preparation, tokenization, and LongText.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "valence/long_text.h"
#include "valence/text_preparation.h"
#include "valence/tokenizer.h"

namespace valence::internal {

// How many of the `pieces` that LongText::kFirstAndLast reads come from the beginning: 128 of 510, rounded.
std::size_t HeadPieces(std::size_t pieces);

// Immutable.
class TextReader {
 public:
  // The tokenizer is kept by reference.
  TextReader(const Tokenizer& tokenizer, std::size_t max_tokens, LongText long_text,
             const TextPreparation& preparation);

  // Appends the ids: at most max_tokens, or all for LongText::kMeanOfWindows. Returns whether some were left out.
  bool Read(std::string_view text, std::vector<std::int32_t>& ids) const;

 private:
  bool ReadPrepared(std::string_view text, std::vector<std::int32_t>& ids) const;

  const Tokenizer& tokenizer_;
  const std::size_t max_tokens_;
  const LongText long_text_;
  const TextPreparation preparation_;
};

}  // namespace valence::internal
