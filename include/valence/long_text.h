// What happens to a text of more tokens than the model reads.
#pragma once

#include "valence/export.h"

namespace valence {

// How a text of more tokens than the limit is read.
enum class LongText {
  kTruncate,       // its first pieces only, as in Hugging Face transformers
  kFirstAndLast,   // its first pieces (a quarter of the limit, 128 of 510) and its last, without those between: Sun et
                   // al., "How to Fine-Tune BERT for Text Classification?" (2019)
  kMeanOfWindows,  // all of it, in windows as long as the limit; the logits are the means over the windows
};

// "truncate", "first-and-last" or "mean-of-windows".
VALENCE_EXPORT const char* to_string(LongText long_text) noexcept;

}  // namespace valence
