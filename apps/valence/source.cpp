// Where the texts come from, and how many of them are answered at a time.
#include "source.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <stdexcept>
#include <system_error>

namespace cli {
Source::Source(const Arguments& arguments) : texts_(arguments.texts) {
  if (!texts_.empty()) return;
  if (!arguments.input) {
    reader_.emplace(STDIN_FILENO, "standard input");
    return;
  }
  fd_ = open(arguments.input->c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) throw std::runtime_error(*arguments.input + ": " + std::generic_category().message(errno));
  reader_.emplace(fd_, *arguments.input);
}

Source::~Source() {
  if (fd_ >= 0) close(fd_);
}

std::vector<std::string> Source::NextWindow() {
  if (!reader_) {
    const auto begin = texts_.begin() + static_cast<std::ptrdiff_t>(next_text_);
    const std::size_t count = std::min(texts_.size() - next_text_, Window::kLargest);
    next_text_ += count;
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
  return window_.Take([this] { return reader_->Next(); }, [this] { return reader_->Ready(); },
                      [](const std::string& line) { return line.size(); });
}

}  // namespace cli
