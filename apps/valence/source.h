// Where the texts come from, and how many of them are answered at a time.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "common/line_reader.h"
#include "common/window.h"

namespace cli {

// The texts of the command line, else the lines of the input.
class Source {
 public:
  // Opens the input. Throws std::runtime_error naming the file.
  explicit Source(const Arguments& arguments);
  ~Source();
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  // The next lines to answer together; empty at the end. Waits for the first line only: a window ends where the input
  // pauses. Windows grow, so that the first answers come soon, up to a bound in lines and in bytes.
  std::vector<std::string> NextWindow();

 private:
  std::vector<std::string> texts_;
  std::size_t next_text_ = 0;
  int fd_ = -1;  // of --input
  std::optional<LineReader> reader_;
  Window window_;
};

}  // namespace cli
