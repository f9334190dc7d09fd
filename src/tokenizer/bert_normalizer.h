// BERT's normaliser on a whole string, one pass a rule: Hugging Face tokenizers, normalizers/bert.rs.
//
// The plain way, used for texts in which normalised added tokens are searched and as the measure of WordReader,
// which does the same code point by code point.
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
