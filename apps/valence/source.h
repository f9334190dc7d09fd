// The texts to classify: of the command line or the lines of the input, in windows.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "arguments.h"
#include "common/file.h"
#include "common/input_options.h"
#include "common/line_reader.h"
#include "common/window.h"

namespace cli {

// The texts of the command line if there are any, else the lines of the input.
class Source {
 public:
  // Opens the input. Throws std::runtime_error naming the file.
  explicit Source(const Arguments& arguments);

  // The next texts to classify in one call (see common::Window); empty at the end.
  std::vector<std::string> NextWindow();

  // Whether NextWindow() would return without waiting for input.
  bool Ready();

  // "standard input" or the file's name.
  const std::string& name() const { return name_; }

  // At the end: reports the lines that were not UTF-8. With --strict they are a failure.
  common::ExitCode Finish() const { return ill_formed_.Finish(); }

 private:
  std::vector<std::string> texts_;
  std::size_t next_text_ = 0;
  std::string name_;
  common::File input_;
  common::IllFormedLines ill_formed_;
  common::LineReader reader_;
  common::Window window_;
};

}  // namespace cli
