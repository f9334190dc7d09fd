// The output of a run that was killed, and how the next run continues it.
#include "resume.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <stdexcept>

#include "common/text.h"

namespace cli {
namespace {

constexpr std::size_t kCompared = 16 << 10;  // bytes, more when the line in which they begin is longer
constexpr std::size_t kReadSize = 1 << 20;
constexpr std::size_t kQuoted = 100;

// The line that begins there, shortened for an error message.
std::string Quoted(std::string_view lines, std::size_t begin) {
  return '"' + common::OneLine(lines.substr(begin, std::min(lines.find('\n', begin) - begin, kQuoted))) + '"';
}

}  // namespace

EarlierOutput::EarlierOutput(const Arguments& arguments)
    : path_(*arguments.resume), file_(path_, O_RDWR | O_CREAT | O_APPEND) {
  struct stat output {};
  if (fstat(fd(), &output) != 0) throw common::SystemError(path_);
  if (!S_ISREG(output.st_mode)) throw std::runtime_error(path_ + ": expected a file to resume, found something else");
  struct stat input {};
  const int found = arguments.input ? stat(arguments.input->c_str(), &input) : fstat(STDIN_FILENO, &input);
  if (found == 0 && common::IsSameFile(input, output)) {
    throw std::runtime_error(path_ + ": is the input too");
  }
  if (flock(fd(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw std::runtime_error(path_ + ": another process is resuming it");
  }
  FindLinesToCompare();
}

void EarlierOutput::FindLinesToCompare() {
  const off_t end = lseek(fd(), 0, SEEK_END);
  if (end < 0) throw common::SystemError(path_);
  const auto size = static_cast<std::size_t>(end);
  std::string block(kReadSize, '\0');
  std::size_t trusted_bytes = 0;
  std::size_t at = 0;
  const auto read_some = [&](char* to, std::size_t bytes, std::size_t from) {
    ssize_t got = 0;
    do {
      got = pread(fd(), to, bytes, static_cast<off_t>(from));
    } while (got < 0 && errno == EINTR);
    if (got < 0) throw common::SystemError(path_);
    if (got == 0) throw std::runtime_error(path_ + ": became shorter while it was read");
    return static_cast<std::size_t>(got);
  };
  while (at < size) {
    const std::size_t got = read_some(block.data(), std::min(kReadSize, size - at), at);
    const char* const block_end = block.data() + got;
    for (const char* c = block.data(); c != block_end; ++c) {
      c = static_cast<const char*>(std::memchr(c, '\n', static_cast<std::size_t>(block_end - c)));
      if (c == nullptr) break;
      ++lines_;
      const std::size_t next = at + static_cast<std::size_t>(c - block.data()) + 1;
      if (next + kCompared <= size) {
        trusted_bytes = next;
        trusted_lines_ = lines_;
      }
    }
    at += got;
  }
  to_compare_.resize(size - trusted_bytes);
  for (at = 0; at < to_compare_.size();) {
    at += read_some(to_compare_.data() + at, to_compare_.size() - at, trusted_bytes + at);
  }
  if (!to_compare_.empty() && to_compare_.back() != '\n') ++lines_;
}

std::string_view EarlierOutput::NotYetHeld(std::string_view answers) {
  const std::string_view held = std::string_view(to_compare_).substr(compared_);
  const std::size_t common = std::min(held.size(), answers.size());
  const auto differ = std::mismatch(held.begin(), held.begin() + static_cast<std::ptrdiff_t>(common), answers.begin());
  const auto equal = static_cast<std::size_t>(differ.first - held.begin());
  if (equal < common) {
    const std::size_t line_end = held.substr(0, equal).rfind('\n');
    const std::size_t begin = line_end == std::string_view::npos ? 0 : line_end + 1;
    const auto before =
        std::count(to_compare_.begin(), to_compare_.begin() + static_cast<std::ptrdiff_t>(compared_ + begin), '\n');
    throw std::runtime_error(path_ + ": line " + std::to_string(trusted_lines_ + static_cast<std::size_t>(before) + 1) +
                             " is not what this command answers: expected " + Quoted(answers, begin) + ", found " +
                             Quoted(held, begin));
  }
  compared_ += common;
  return answers.substr(common);
}

void EarlierOutput::ExpectNoMore(std::size_t answers) const {
  if (compared_ < to_compare_.size() || trusted_lines_ > answers) {
    throw std::runtime_error(path_ + ": holds " + std::to_string(lines_) + " lines, more than the " +
                             std::to_string(answers) + " answers to the input");
  }
}

}  // namespace cli
