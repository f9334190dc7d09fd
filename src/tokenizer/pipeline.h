// From a text to the ids of its tokens, without [CLS] and [SEP]: the tokenization pipeline as Hugging Face defines it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "files/tokenizer_spec.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/bert_normalizer.h"
#include "tokenizer/word_reader.h"
#include "tokenizer/wordpiece.h"

namespace valence::internal {

class TokenizerPipeline {
 public:
  // Throws Error kInvalidTokenizer.
  explicit TokenizerPipeline(const TokenizerSpec& spec);
  TokenizerPipeline(const TokenizerPipeline&) = delete;
  TokenizerPipeline& operator=(const TokenizerPipeline&) = delete;

  // Each appends the first `max_pieces` ids of the text and says whether there are more.

  // Uses the faster of the next two that is right for this tokenizer.
  bool Encode(std::string_view text, std::size_t max_pieces, std::vector<std::int32_t>& ids) const;

  // Reads only as much as it needs. Wrong for tokenizers with added tokens that contain U+FFFD or are searched in the
  // normalized text.
  bool EncodeInOnePass(std::string_view text, std::size_t max_pieces, std::vector<std::int32_t>& ids) const;

  // One pass over the whole text for each rule, in Hugging Face's order. Right for every tokenizer.
  bool EncodeStepByStep(std::string_view text, std::size_t max_pieces, std::vector<std::int32_t>& ids) const;

 private:
  NormalizerOptions normalizer_options_;
  AddedTokens raw_tokens_;         // searched in the raw text
  AddedTokens normalized_tokens_;  // searched, normalized themselves, in the normalized text
  WordPiece wordpiece_;
  WordReaderTables word_reader_tables_;
  bool one_pass_will_do_;
};

}  // namespace valence::internal
