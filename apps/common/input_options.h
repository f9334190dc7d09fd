// The options for the encoding of the input, --encoding and --strict, and what is said of lines that are not UTF-8.
#pragma once

#include <cstddef>
#include <string>
#include <utility>

#include "line_reader.h"
#include "program.h"

namespace common {

class CommandLine;

// Says once on standard error that lines are not UTF-8, and in the end how many.
class IllFormedLines {
 public:
  // With `strict` such lines are an error.
  IllFormedLines(std::string program, std::string input, bool strict)
      : program_(std::move(program)), input_(std::move(input)), strict_(strict) {}

  void Add(std::size_t line);

  // After the last line.
  ExitCode Finish() const;

 private:
  std::string program_;
  std::string input_;
  bool strict_;
  std::size_t count_ = 0;
};

struct InputOptions {
  std::string encoding = "utf-8";  // as given; Check turns it into that of Lines
  bool strict = false;

  // Adds the options; the object must outlive the parsing.
  void AddTo(CommandLine& command_line, const char* strict_help = "Exit with 1 if lines of the input are not UTF-8");

  // After the parsing. Throws UsageError.
  void Check() const;

  // For a LineReader. `ill_formed` must outlive it.
  LineOptions Lines(IllFormedLines& ill_formed) const;
};

}  // namespace common
