// A file that is still being written, as a stream that can be waited for.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <stop_token>
#include <string>
#include <thread>

namespace uses {

// Reads a file by its name, from its beginning, and waits for more at its end, as tail -F does:
//   - renamed and begun anew (rotation): the old file is read to its end, until nothing has come for a second, then the
//     new one from its beginning;
//   - cut to less than what was read (copytruncate): it is read again from its beginning;
//   - gone: it is waited for.
// Where one text ends and the other begins an unfinished line is ended. Not seen is a file that was cut and has grown
// beyond its old length within a quarter of a second, and one that was there for less than a second.
class FollowedFile {
 public:
  // Throws std::runtime_error naming the file when it cannot be opened now. With `patience` above zero the stream ends
  // when nothing came for that long.
  FollowedFile(std::string path, std::chrono::seconds patience);
  ~FollowedFile();
  FollowedFile(const FollowedFile&) = delete;
  FollowedFile& operator=(const FollowedFile&) = delete;

  // The stream: the reading end of a pipe.
  int fd() const { return pipe_[0]; }

  // To be called at the stream's end: throws std::runtime_error when reading failed.
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

}  // namespace uses
