// BERT's pre-tokenizer on a normalized string.
#include "tokenizer/pre_tokenizer.h"

#include "unicode/properties.h"
#include "unicode/utf8.h"

namespace valence::internal {

std::vector<std::string_view> PreTokenize(std::string_view normalized) {
  const TraitTable& traits = TraitTable::Get();
  std::vector<std::string_view> words;
  std::size_t word_begin = 0;
  const auto end_word = [&](std::size_t at) {
    if (at > word_begin) words.push_back(normalized.substr(word_begin, at - word_begin));
  };
  for (std::size_t at = 0; at < normalized.size();) {
    const DecodedCodePoint decoded = DecodeUtf8(normalized.data() + at, normalized.data() + normalized.size());
    const Traits is = traits[decoded.code_point];
    if ((is & (kIsWhiteSpace | kIsPunctuation)) != 0) {
      end_word(at);
      if ((is & kIsPunctuation) != 0) words.push_back(normalized.substr(at, decoded.length));
      word_begin = at + decoded.length;
    }
    at += decoded.length;
  }
  end_word(normalized.size());
  return words;
}

}  // namespace valence::internal
