// BERT's pre-tokenizer on a normalized string: Hugging Face tokenizers, pre_tokenizers/bert.rs.
#pragma once

#include <string_view>
#include <vector>

namespace valence::internal {

// The words of a normalized text: white space separates words and is dropped, each punctuation character is a word. The
// views point into the text.
std::vector<std::string_view> PreTokenize(std::string_view normalized);

}  // namespace valence::internal
