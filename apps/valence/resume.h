// The output of a run that was killed, and how the next run continues it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "arguments.h"
#include "common/file.h"

namespace cli {

// The file that --resume names. It must hold the beginning of what this run would write, and is only appended to. Its
// last lines, including an incomplete one, are compared with this run's answers; the lines before them are trusted.
class EarlierOutput {
 public:
  // Opens or creates the file and keeps other processes from resuming it. Throws std::runtime_error naming it.
  explicit EarlierOutput(const Arguments& arguments);

  int fd() const { return file_.fd(); }

  // How many lines, from the first one, are trusted and need not be answered again.
  std::size_t trusted_lines() const { return trusted_lines_; }

  // The part of the answers that is not in the file yet. Called in order, from the first answer that is not trusted.
  // Throws std::runtime_error if the file holds something else.
  std::string_view NotYetHeld(std::string_view answers);

  // Called after the last answer. Throws std::runtime_error if the file holds more.
  void ExpectNoMore(std::size_t answers) const;

 private:
  void FindLinesToCompare();

  std::string path_;
  common::File file_;
  std::size_t lines_ = 0;  // including an incomplete last one
  std::size_t trusted_lines_ = 0;
  std::string to_compare_;    // the file's content after the trusted lines
  std::size_t compared_ = 0;  // bytes of it
};

}  // namespace cli
