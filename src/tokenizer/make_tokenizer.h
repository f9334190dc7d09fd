// From what the tokenizer files say to the public class, whose constructor is private.
#pragma once

#include "files/tokenizer_spec.h"
#include "valence/tokenizer.h"

namespace valence::internal {

// Throws Error kInvalidTokenizer.
Tokenizer MakeTokenizer(const TokenizerSpec& spec);

}  // namespace valence::internal
