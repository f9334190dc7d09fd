// What the programs of this folder do alike: the model they are given, their command line, error lines and exit codes.
#pragma once

#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include "valence/classifier.h"

namespace CLI {
class App;
}

namespace cli {

enum ExitCode { kAllAnswered = 0, kFailed = 1, kUsage = 2 };

// The arguments make no sense; the message says which.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// The options that choose the model and how it runs.
struct ModelOptions {
  std::optional<std::string> folder;
  valence::Options options;
  std::string precision = "auto";  // as given; Check puts it into `options`

  // Adds the options; the object must outlive the parsing.
  void AddTo(CLI::App& app);

  // After the parsing. Throws UsageError.
  void Check();

  // Throws valence::Error.
  valence::Classifier LoadClassifier() const;
  valence::Tokenizer LoadTokenizer() const;
};

// One line on standard error: "PROGRAM: error: MESSAGE".
void PrintError(std::string_view program, std::string_view message);

// The body of main: guards the output (cli/output.h), runs `run`, and turns what it throws into an error line and an
// exit code. A reader that closed standard output has all it wanted: that is no error.
int RunProgram(std::string_view program, const std::function<ExitCode()>& run);

}  // namespace cli
