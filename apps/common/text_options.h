// The options that say what is made of a text before the model reads it: --long-text, --stride, --prepare.
#pragma once

#include <string>

#include "valence/classifier.h"

namespace CLI {
class App;
}

namespace cli {

struct TextOptions {
  std::string long_text = "truncate";  // as given; Check puts them into the library's options
  std::string prepare;

  // Adds the options; both objects must outlive the parsing.
  void AddTo(CLI::App& app, valence::Options& options);

  // After the parsing. Throws UsageError.
  void Check(valence::Options& options) const;
};

// What is switched on, as --prepare takes it: "urls,lower-case"; "nothing" where nothing is.
std::string ToString(const valence::TextPreparation& preparation);

}  // namespace cli
