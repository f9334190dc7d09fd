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
namespace {

constexpr std::size_t kFirstWindow = 32;  // lines
constexpr std::size_t kLargestWindow = 1024;
constexpr std::size_t kWindowBytes = 256 << 10;

}  // namespace

Source::Source(const Arguments& arguments) : texts_(arguments.texts), window_lines_(kFirstWindow) {
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
    const std::size_t count = std::min(texts_.size() - next_text_, kLargestWindow);
    next_text_ += count;
    return {begin, begin + static_cast<std::ptrdiff_t>(count)};
  }
  std::vector<std::string> window;
  auto line = reader_->Next();
  for (std::size_t bytes = 0; line; line = reader_->Next()) {
    bytes += line->size();
    window.push_back(std::move(*line));
    if (window.size() == window_lines_ || bytes >= kWindowBytes || !reader_->Ready()) break;
  }
  window_lines_ = std::min(2 * window_lines_, kLargestWindow);
  return window;
}

}  // namespace cli
