// Lines from a file descriptor; knows whether the next one can be read without waiting.
#include "line_reader.h"

#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "file.h"

namespace common {
namespace {

constexpr std::size_t kReadSize = 64 << 10;

}  // namespace

std::optional<std::string> LineReader::Next() {
  auto line = NextWithEnd();
  if (line && !line->empty() && line->back() == '\n') line->pop_back();
  if (line && !line->empty() && line->back() == '\r') line->pop_back();
  return line;
}

std::optional<std::string> LineReader::NextWithEnd() {
  while (!HasLine()) Fill();
  if (begin_ == buffer_.size()) return std::nullopt;
  const std::size_t begin = begin_;
  PassLine();
  std::string line = buffer_.substr(begin, begin_ - begin);
  if (options_.on_ill_formed && !IsUtf8(line)) options_.on_ill_formed(number_ - 1);
  return line;
}

void LineReader::SkipLine() {
  while (!HasLine()) {
    begin_ = scanned_;
    Fill();
  }
  PassLine();
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

// After HasLine(): moves on behind the line end, or to the end for a last line without one.
void LineReader::PassLine() {
  begin_ = scanned_ = scanned_ == buffer_.size() ? scanned_ : scanned_ + 1;
  ++number_;
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
  if (buffer_.size() > options_.longest) {
    throw LineTooLong(name_ + ": line " + std::to_string(number_) + " is longer than " +
                      std::to_string(options_.longest) + " bytes");
  }
  std::array<char, kReadSize> bytes;
  const ssize_t got = read(fd_, bytes.data(), bytes.size());
  if (got < 0) {
    if (errno == EAGAIN) {
      Readable(-1);  // a descriptor that somebody made non-blocking
    } else if (errno != EINTR) {
      throw SystemError(name_);
    }
    return;
  }
  ended_ = got == 0;
  try {
    if (ended_) {
      decoder_.Finish(buffer_);
    } else {
      decoder_.Append({bytes.data(), static_cast<std::size_t>(got)}, buffer_);
    }
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(name_ + ": " + error.what());
  }
}

}  // namespace common
