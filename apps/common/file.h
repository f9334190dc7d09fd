// Open files and the errors of the system.
#pragma once

#include <sys/stat.h>

#include <cerrno>
#include <stdexcept>
#include <string>
#include <system_error>

namespace common {

// An error of the system as "NAME: No such file or directory".
inline std::runtime_error SystemError(const std::string& name, int error = errno) {
  return std::runtime_error(name + ": " + std::generic_category().message(error));
}

// Whether both are the same file on disk, whatever its names.
inline bool IsSameFile(const struct stat& a, const struct stat& b) {
  return a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

// A file descriptor.
class File {
 public:
  // One that is open already, and stays so.
  explicit File(int fd) : fd_(fd) {}

  // Opens the file with the flags of open(2), and closes it in the end. Throws std::runtime_error naming it.
  File(const std::string& path, int flags);

  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  int fd() const { return fd_; }

 private:
  int fd_;
  bool owned_ = false;
};

}  // namespace common
