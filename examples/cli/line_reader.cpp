// Lines from a file descriptor, with the knowledge whether the next one is there already.
#include "line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace cli {
namespace {

constexpr std::size_t kReadSize = 64 << 10;

}  // namespace

std::optional<std::string> LineReader::Next() {
  while (!HasLine()) Fill();
  if (begin_ == buffer_.size()) return std::nullopt;
  const std::size_t end = scanned_;  // of a line end, or of the buffer for a last line without one
  std::string line = buffer_.substr(begin_, end - begin_);
  if (!line.empty() && line.back() == '\r') line.pop_back();
  begin_ = scanned_ = end == buffer_.size() ? end : end + 1;
  ++number_;
  return line;
}

bool LineReader::Ready() {
  while (!HasLine()) {
    if (!Readable(0)) return false;
    Fill();
  }
  return true;
}

// Whether a whole line, or the end, is in the buffer; moves scanned_ to the line's end.
bool LineReader::HasLine() {
  const std::size_t end = buffer_.find('\n', scanned_);
  scanned_ = end == std::string::npos ? buffer_.size() : end;
  return end != std::string::npos || ended_;
}

bool LineReader::Readable(int timeout_ms) const {
  pollfd wait{fd_, POLLIN, 0};
  return poll(&wait, 1, timeout_ms) > 0;
}

void LineReader::Fill() {
  if (begin_ > 0) {  // only ever a part of one line is left
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  if (buffer_.size() > kLongestLine) {
    throw std::runtime_error(name_ + ": line " + std::to_string(number_) + " is longer than " +
                             std::to_string(kLongestLine) + " bytes");
  }
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadSize);
  const ssize_t got = read(fd_, buffer_.data() + size, kReadSize);
  const int error = errno;
  buffer_.resize(size + static_cast<std::size_t>(got > 0 ? got : 0));
  if (got == 0) ended_ = true;
  if (got < 0) {
    if (error == EAGAIN) {
      Readable(-1);  // a descriptor that somebody made non-blocking
    } else if (error != EINTR) {
      throw std::runtime_error(name_ + ": " + std::generic_category().message(error));
    }
  }
}

}  // namespace cli
