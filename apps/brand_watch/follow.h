// A file that is still being written, as a stream that waits for more.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <stop_token>
#include <string>
#include <thread>

namespace brand_watch {

// Reads a file by its name, from its beginning, and waits for more at its end, as tail -F does:
//   - renamed and created again (rotation): reads the old file until nothing has come for a second, then the new one
//     from its beginning;
//   - truncated to less than what was read (copytruncate): reads it again from its beginning;
//   - removed: waits until it exists again.
// Between the old and the new content an unfinished line is ended. Two things are not noticed: a file that is truncated
// and grows beyond its old length within a quarter of a second, and one that exists for less than a second.
class FollowedFile {
 public:
  // Throws std::runtime_error naming the file if it cannot be opened. The stream ends when nothing has come for
  // `patience`; zero: never.
  FollowedFile(std::string path, std::chrono::seconds patience);
  ~FollowedFile();
  FollowedFile(const FollowedFile&) = delete;
  FollowedFile& operator=(const FollowedFile&) = delete;

  // The stream: the reading end of a pipe.
  int fd() const { return pipe_[0]; }

  // Called at the stream's end: throws std::runtime_error if reading failed.
  void ExpectNoError() const;

 private:
  void Copy(const std::stop_token& stop);
  bool Send(const char* bytes, std::size_t size);
  bool EndLine();
  bool Open();

  std::string path_;
  std::chrono::seconds patience_;
  int file_ = -1;
  std::int64_t position_ = 0;
  char last_byte_ = '\n';
  int pipe_[2] = {-1, -1};
  std::exception_ptr error_;
  std::jthread copier_;
};

}  // namespace brand_watch
