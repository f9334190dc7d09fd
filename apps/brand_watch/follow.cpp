// A file that is still being written, as a stream that waits for more.
#include "follow.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <utility>
#include <vector>

#include "common/file.h"

namespace brand_watch {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kReadSize = 64 << 10;
constexpr auto kPause = std::chrono::milliseconds(200);
constexpr auto kGrace = std::chrono::seconds(1);  // the writer may go on writing to a file that was renamed

}  // namespace

FollowedFile::FollowedFile(std::string path, std::chrono::seconds patience)
    : path_(std::move(path)), patience_(patience) {
  if (!Open()) throw common::SystemError(path_);
  if (pipe2(pipe_, O_CLOEXEC) != 0) {
    close(file_);
    throw common::SystemError("pipe");
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
  close(pipe_[0]);  // makes a blocked write fail
  copier_.request_stop();
  copier_.join();
  if (file_ >= 0) close(file_);
}

void FollowedFile::ExpectNoError() const {
  if (error_) std::rethrow_exception(error_);
}

// Copies from the file into the pipe until the pipe's reader has closed it or nothing has come for `patience`.
void FollowedFile::Copy(const std::stop_token& stop) {
  std::vector<char> buffer(kReadSize);
  auto last_came = Clock::now();
  while (!stop.stop_requested()) {
    const ssize_t got = read(file_, buffer.data(), buffer.size());
    if (got < 0 && errno != EINTR) throw common::SystemError(path_);
    if (got > 0) {
      if (!Send(buffer.data(), static_cast<std::size_t>(got))) return;
      position_ += got;
      last_came = Clock::now();
    }
    if (got != 0) continue;

    struct stat read_file {};
    struct stat named_file {};
    if (fstat(file_, &read_file) != 0) throw common::SystemError(path_);
    const bool is_named = stat(path_.c_str(), &named_file) == 0;
    const bool is_other = is_named && !common::IsSameFile(read_file, named_file);
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

// Opens the file that has the name now, in place of the present one. Returns false, and keeps that, if there is none.
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

}  // namespace brand_watch
