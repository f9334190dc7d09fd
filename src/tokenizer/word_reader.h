// Reads a raw text word by word: cleaning, normalising and pre-tokenising in one pass, and no further than asked.
//
// The fast way, equal to Normalize + PreTokenize on the text between added tokens. All that these do depends on one
// code point at a time, but for the canonical ordering of marks, for which it looks ahead to the end of the run.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tokenizer/added_tokens.h"
#include "tokenizer/bert_normalizer.h"
#include "unicode/properties.h"

namespace valence::internal {

// What the options make of single bytes and code points; shared by all readers of a tokenizer.
class WordReaderTables {
 public:
  // `max_word_length`: beyond so many code points a word's content need not be known.
  WordReaderTables(const NormalizerOptions& options, const AddedTokens& added_tokens, std::size_t max_word_length);

 private:
  friend class WordReader;

  NormalizerOptions options_;
  const AddedTokens& added_tokens_;
  const TraitTable& traits_;
  Traits matters_;               // with none of these traits, a code point goes into the word as it is
  std::size_t max_word_bytes_;   // a word of more is longer than max_word_length
  std::array<char, 256> plain_;  // for a byte that just goes into the word, what goes; else 0
};

// Working memory of one thread; grows to the longest word that can matter.
struct WordReaderScratch {
  std::vector<char> word;
  struct Mark {
    std::uint8_t combining_class;
    std::size_t position;
    char32_t code_point;
  };
  std::u32string normalized;  // code points ready to go into words
  std::vector<Mark> marks;    // a run of them, to be put in order
};

class WordReader {
 public:
  // Where an added token is cut out of the text it takes no white space with it (lstrip, rstrip): here nothing
  // depends on white space at the ends of a part.
  WordReader(const WordReaderTables& tables, std::string_view text, WordReaderScratch& scratch);

  // Reads the next word or added token; false at the end of the text.
  bool Next();

  // What Next() has read.
  bool is_added_token() const { return is_added_token_; }
  std::int32_t added_id() const { return added_id_; }
  std::string_view word() const { return {scratch_.word.data(), word_size_}; }  // valid until the next Next()

 private:
  bool TakeNormalized();
  void TakePlainBytes();
  bool TakeAddedToken();
  void TakeCodePoint();
  void Expand(char32_t c, Traits traits);
  void TakeRestOfMarks();
  AddedTokens::Match AddedTokenHere();
  void AppendNormalized(char32_t c);
  void AppendToWord(char32_t c);
  void MakeRoom(std::size_t bytes);

  const WordReaderTables& tables_;
  WordReaderScratch& scratch_;
  const char* const begin_;
  const char* const end_;
  const char* at_;                 // read up to here
  const char* no_token_before_;    // the end of a token that was passed over
  std::size_t normalized_at_ = 0;  // read up to here of scratch_.normalized
  std::size_t word_size_ = 0;
  bool is_added_token_ = false;
  std::int32_t added_id_ = 0;
};

}  // namespace valence::internal
