// The output of a run that was killed, and how the next run goes on with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "arguments.h"

namespace cli {

// The file --resume names. It must hold a beginning of what this run would write, and is only ever added to: its last
// lines, a cut one included, are compared with this run's answers; those before them are taken on trust.
class EarlierOutput {
 public:
  // Opens or creates the file and keeps other processes from resuming it. Throws std::runtime_error naming it.
  explicit EarlierOutput(const Arguments& arguments);
  ~EarlierOutput();
  EarlierOutput(const EarlierOutput&) = delete;
  EarlierOutput& operator=(const EarlierOutput&) = delete;

  int fd() const { return fd_; }

  // How many lines of the input, from the first one, need not be answered again.
  std::size_t trusted_lines() const { return trusted_lines_; }

  // What of the answers is not in the file yet. They come in order, from the first that is not taken on trust.
  // Throws std::runtime_error where the file holds something else.
  std::string_view NotYetHeld(std::string_view answers);

  // To be called after the last answer. Throws std::runtime_error when the file holds more.
  void ExpectNoMore(std::size_t input_lines) const;

 private:
  void FindLinesToCompare();

  std::string path_;
  int fd_ = -1;
  std::size_t lines_ = 0;  // a cut last one counts
  std::size_t trusted_lines_ = 0;
  std::string to_compare_;    // what the file holds after them
  std::size_t compared_ = 0;  // bytes of it
};

}  // namespace cli
