// What becomes of a text that has more tokens than the model reads.
#pragma once

#include "valence/export.h"

namespace valence {

// What becomes of a text that has more tokens than the limit.
enum class LongText {
  kTruncate,       // its first pieces are read, as Hugging Face transformers does; the rest is not
  kFirstAndLast,   // its first quarter (128 of 510 pieces) and, behind it, its last three quarters, as in Sun et al.,
                   // "How to Fine-Tune BERT for Text Classification?" (2019); what lies between is not read
  kMeanOfWindows,  // all of it is read, window by window, each as long as the limit; the logits are their means
};

// "truncate", "first-and-last" or "mean-of-windows".
VALENCE_EXPORT const char* to_string(LongText long_text) noexcept;

}  // namespace valence
