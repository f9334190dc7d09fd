// What the programs of this folder do alike: the model they are given, their command line, error lines and exit codes.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "text_options.h"
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
  TextOptions text;

  // Adds the options; the object must outlive the parsing.
  void AddTo(CLI::App& app);

  // The same without --model.
  void AddSettingsTo(CLI::App& app);

  // After the parsing. Throws UsageError.
  void Check();

  // Throws valence::Error.
  valence::Classifier LoadClassifier() const;
  valence::Tokenizer LoadTokenizer() const;
};

// One line on standard error: "PROGRAM: error: MESSAGE".
void PrintError(std::string_view program, std::string_view message);

// Input rows that cannot be used. The others go on.
class BadRows {
 public:
  BadRows(std::string program, std::string input) : program_(std::move(program)), input_(std::move(input)) {}

  // Names the row on standard error: "PROGRAM: INPUT:LINE: WHY".
  void Add(std::size_t line, std::string_view why);

  // After the last row: counts them in an error line where there were any.
  ExitCode Finish(std::size_t rows) const;

 private:
  std::string program_;
  std::string input_;
  std::size_t count_ = 0;
};

// Parses the command line, or prints what --help or --version asks for and says false. Throws UsageError.
bool ParseCommandLine(CLI::App& app, int argc, const char* const* argv);

// Throws UsageError naming the option when the value is not within the range, which NaN never is.
void CheckRange(const std::string& option, double value, double low, double high);

// The body of main: guards the output (cli/output.h), runs `run`, and turns what it throws into an error line and an
// exit code. A reader that closed standard output has all it wanted: that is no error.
int RunProgram(std::string_view program, const std::function<ExitCode()>& run);

// The same for a program that handles signals itself and writes no lines to standard output: it does not guard it.
int RunServer(std::string_view program, const std::function<ExitCode()>& run);

}  // namespace cli
