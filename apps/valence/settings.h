// What the answers depend on, besides the texts.
#pragma once

#include <vector>

#include "arguments.h"
#include "resume_state.h"
#include "valence/classifier.h"

namespace cli {

inline constexpr const char* kModelFile = "model file ";

// The options that change answers or their form, as they take effect ("--precision bf16" where auto means bf16), and
// the files of the model. What depends on the model comes after its files. Throws std::runtime_error naming a file that
// cannot be read.
std::vector<Setting> SettingsOf(const Arguments& arguments, const valence::Classifier& classifier);

// The same for --tokenize.
std::vector<Setting> SettingsOf(const Arguments& arguments, const valence::Tokenizer& tokenizer);

}  // namespace cli
