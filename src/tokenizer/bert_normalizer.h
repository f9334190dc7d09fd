// BERT's normalizer on a whole string, one pass for each rule: Hugging Face tokenizers, normalizers/bert.rs.
//
// The simple implementation: for tokenizers whose added tokens are searched in normalized text, and as the reference
// for WordReader, which does the same one code point at a time.
#pragma once

#include <string>
#include <string_view>

#include "files/tokenizer_spec.h"

namespace valence::internal {

struct NormalizerOptions {
  explicit NormalizerOptions(const TokenizerSpec& spec)
      : clean_text(spec.clean_text),
        handle_chinese_chars(spec.handle_chinese_chars),
        strip_accents(spec.strip_accents.value_or(spec.lowercase)),
        lowercase(spec.lowercase) {}

  bool clean_text;
  bool handle_chinese_chars;
  bool strip_accents;
  bool lowercase;
};

// UTF-8 to UTF-8; what is ill-formed counts as U+FFFD.
std::string Normalize(const NormalizerOptions& options, std::string_view text);

}  // namespace valence::internal
