// Reads a raw text word by word: cleans, normalizes and pre-tokenizes in one pass, and only as far as needed.
//
// The fast implementation; equal to Normalize and PreTokenize on the text between added tokens. Their rules depend on
// one code point at a time, except the canonical ordering of marks, for which WordReader reads to the end of the run.
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

// What the options say about single bytes and code points; shared by all readers of a tokenizer.
class WordReaderTables {
 public:
  // `max_word_length`: the content of a word of more code points is not needed.
  WordReaderTables(const NormalizerOptions& options, const AddedTokens& added_tokens, std::size_t max_word_length);

 private:
  friend class WordReader;

  NormalizerOptions options_;
  const AddedTokens& added_tokens_;
  const TraitTable& traits_;
  Traits matters_;               // a code point without these traits is appended to the word unchanged
  std::size_t max_word_bytes_;   // a word of more is longer than max_word_length
  std::array<char, 256> plain_;  // what to append to the word for this byte if it needs no other treatment; else 0
};

// Working memory of one thread; grows to the longest word whose content is needed.
struct WordReaderScratch {
  std::vector<char> word;
  struct Mark {
    std::uint8_t combining_class;
    std::size_t position;
    char32_t code_point;
  };
  std::u32string normalized;  // code points that are ready to be appended to words
  std::vector<Mark> marks;    // a run of marks to be sorted
};

class WordReader {
 public:
  // Ignores lstrip and rstrip of added tokens: white space at the ends of a part makes no difference here.
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
  const char* no_token_before_;    // the end of a token that was skipped
  std::size_t normalized_at_ = 0;  // read up to here of scratch_.normalized
  std::size_t word_size_ = 0;
  bool is_added_token_ = false;
  std::int32_t added_id_ = 0;
};

}  // namespace valence::internal
