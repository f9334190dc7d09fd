// What the main function of every program does: exit codes, messages on standard error, rows that cannot be used.
#pragma once

#include <cstddef>
#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

namespace common {

enum ExitCode { kAllAnswered = 0, kFailed = 1, kUsage = 2 };

// The command line is wrong; the message names the option, what was expected and what was found.
struct UsageError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// One line on standard error: "PROGRAM: MESSAGE".
void PrintNote(std::string_view program, std::string_view message);

// One line on standard error: "PROGRAM: error: MESSAGE".
void PrintError(std::string_view program, std::string_view message);

// Counts and reports the input rows that cannot be used; the program goes on with the others.
class BadRows {
 public:
  BadRows(std::string program, std::string input) : program_(std::move(program)), input_(std::move(input)) {}

  // Reports the row on standard error: "PROGRAM: INPUT:LINE: WHY".
  void Add(std::size_t line, std::string_view why);

  // After the last row. Prints an error line with the number of bad rows among all `rows`, if there are any.
  ExitCode Finish(std::size_t rows) const;

 private:
  std::string program_;
  std::string input_;
  std::size_t count_ = 0;
};

// The body of main: guards the output (output.h), calls `run`, and turns an exception into an error line and an exit
// code. When the reader of standard output has closed it, that is no error: the program ends with kAllAnswered.
int RunProgram(std::string_view program, const std::function<ExitCode()>& run);

// The same for a server, which handles signals itself and writes no lines to standard output: does not guard the
// output.
int RunServer(std::string_view program, const std::function<ExitCode()>& run);

}  // namespace common
