// A file that is still being written, as a stream that can be waited for.
#include "follow.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <stdexcept>
#include <system_error>
#include <utility>
#include <vector>

namespace uses {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadSize = 64 << 10;
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr auto kGrace = std::chrono::seconds(1);  // a renamed file's writer may not have noticed yet

[[noreturn]] void Fail(const std::string& name) {
  throw std::runtime_error(name + ": " + std::generic_category().message(errno));
}

}  // namespace

FollowedFile::FollowedFile(std::string path, std::chrono::seconds patience)
    : path_(std::move(path)), patience_(patience) {
  if (!Open()) Fail(path_);
  if (pipe2(pipe_, O_CLOEXEC) != 0) {
    close(file_);
    Fail("pipe");
  }
  copier_ = std::jthread([this](const std::stop_token& stop) {
    try {
      Copy(stop);
    } catch (...) {
      error_ = std::current_exception();
    }
    close(pipe_[1]);
  });
}

FollowedFile::~FollowedFile() {
  close(pipe_[0]);  // a write that waits for room fails
  copier_.request_stop();
  copier_.join();
  if (file_ >= 0) close(file_);
}

void FollowedFile::ExpectNoError() const {
  if (error_) std::rethrow_exception(error_);
}

// From the file into the pipe, until the pipe's reader is gone or patience is at its end.
void FollowedFile::Copy(const std::stop_token& stop) {
  std::vector<char> buffer(kReadSize);
  auto last_came = Clock::now();
  while (!stop.stop_requested()) {
    const ssize_t got = read(file_, buffer.data(), buffer.size());
    if (got < 0 && errno != EINTR) Fail(path_);
    if (got > 0) {
      if (!Send(buffer.data(), static_cast<std::size_t>(got))) return;
      position_ += got;
      last_came = Clock::now();
    }
    if (got != 0) continue;

    struct stat read_file {};
    struct stat named_file {};
    if (fstat(file_, &read_file) != 0) Fail(path_);
    const bool is_named = stat(path_.c_str(), &named_file) == 0;
    const bool is_other = is_named && (read_file.st_dev != named_file.st_dev || read_file.st_ino != named_file.st_ino);
    const auto waited = Clock::now() - last_came;
    if (S_ISREG(read_file.st_mode) && read_file.st_size < position_) {
      if (!EndLine()) return;
      position_ = lseek(file_, 0, SEEK_SET);
    } else if (is_other && waited >= kGrace && Open()) {
      if (!EndLine()) return;
    } else if (patience_.count() > 0 && waited >= patience_) {
      return;
    } else {
      std::this_thread::sleep_for(kPause);
    }
  }
}

// The file that has the name now, in place of the one that had it; keeps that one where there is none.
bool FollowedFile::Open() {
  const int file = open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  if (file_ >= 0) close(file_);
  file_ = file;
  position_ = 0;
  return true;
}

bool FollowedFile::Send(const char* bytes, std::size_t size) {
  last_byte_ = bytes[size - 1];
  while (size > 0) {
    const ssize_t written = write(pipe_[1], bytes, size);
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) {
      bytes += written;
      size -= static_cast<std::size_t>(written);
    }
  }
  return true;
}

bool FollowedFile::EndLine() { return last_byte_ == '\n' || Send("\n", 1); }

}  // namespace uses
