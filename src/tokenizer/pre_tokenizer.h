// BERT's pre-tokeniser on a normalised string: Hugging Face tokenizers, pre_tokenizers/bert.rs.
#pragma once

#include <string_view>
#include <vector>

namespace valence::internal {

// The words of a normalised text: white space separates them and is gone, a punctuation character is a word of its
// own. The views point into the text.
std::vector<std::string_view> PreTokenize(std::string_view normalized);

}  // namespace valence::internal
