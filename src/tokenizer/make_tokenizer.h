// Creates the public Tokenizer, whose constructor is private, from a TokenizerSpec.
#pragma once

#include "files/tokenizer_spec.h"
#include "valence/tokenizer.h"

namespace valence::internal {

// Throws Error kInvalidTokenizer.
Tokenizer MakeTokenizer(const TokenizerSpec& spec);

}  // namespace valence::internal
