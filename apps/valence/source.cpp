// The texts to classify: of the command line or the lines of the input, in windows.
#include "source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

namespace cli {

Source::Source(const Arguments& arguments)
    : texts_(arguments.texts),
      name_(arguments.input.value_or("standard input")),
      input_(arguments.input ? common::File(*arguments.input, O_RDONLY) : common::File(STDIN_FILENO)),
      ill_formed_(kProgram, name_, arguments.encoding.strict),
      reader_(input_.fd(), name_, arguments.encoding.Lines(ill_formed_)) {}

std::vector<std::string> Source::NextWindow() {
  if (texts_.empty()) {
    return window_.Take([this] { return reader_.Next(); }, [this] { return reader_.Ready(); },
                        [](const std::string& line) { return line.size(); });
  }
  const auto begin = texts_.begin() + static_cast<std::ptrdiff_t>(next_text_);
  const std::size_t count = std::min(texts_.size() - next_text_, common::Window::kLargest);
  next_text_ += count;
  return {begin, begin + static_cast<std::ptrdiff_t>(count)};
}

bool Source::Ready() { return !texts_.empty() || window_.HasFailed() || reader_.Ready(); }

}  // namespace cli
