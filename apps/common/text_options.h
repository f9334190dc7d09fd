// The options for what is done with a text before the model reads it: --long-text, --stride, --prepare.
#pragma once

#include <string>

#include "valence/classifier.h"

namespace common {

class CommandLine;

struct TextOptions {
  std::string long_text = "truncate";  // as given; Check puts them into the library's options
  std::string prepare;

  // Adds the options; both objects must outlive the parsing.
  void AddTo(CommandLine& command_line, valence::Options& options);

  // After the parsing. Throws UsageError.
  void Check(valence::Options& options) const;
};

// The preparation as a list for --prepare, such as "urls,lower-case"; "nothing" when it changes nothing.
std::string ToString(const valence::TextPreparation& preparation);

}  // namespace common
