// A file that stands under its name only when all of it is written.
#include "whole_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <utility>

#include "output.h"

namespace common {

WholeFile::WholeFile(std::string path) : path_(std::move(path)) {
  if (path_ == "-") {
    file_.emplace(STDOUT_FILENO);
    path_ = "standard output";
    return;
  }
  std::error_code error;
  const auto resolved = std::filesystem::canonical(path_, error);
  target_ = error ? path_ : resolved.string();
  struct stat there {};
  const bool exists = stat(target_.c_str(), &there) == 0;
  if (exists && !S_ISREG(there.st_mode)) {
    file_.emplace(path_, O_WRONLY);
    return;
  }
  if (exists && access(target_.c_str(), W_OK) != 0) throw SystemError(path_);
  std::string name = target_ + ".XXXXXX";
  const int fd = mkostemp(name.data(), O_CLOEXEC);
  if (fd < 0) throw SystemError(path_);
  close(fd);
  temporary_ = name;
  file_.emplace(temporary_, O_WRONLY);
  const mode_t mask = umask(0);
  umask(mask);
  fchmod(file_->fd(), exists ? there.st_mode & 0777 : 0666 & ~mask);
}

WholeFile::~WholeFile() {
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

void WholeFile::Write(std::string_view content) {
  WriteLines(content, file_->fd(), path_);
  if (temporary_.empty()) return;
  if (fsync(file_->fd()) != 0 || std::rename(temporary_.c_str(), target_.c_str()) != 0) throw SystemError(path_);
  temporary_.clear();
}

}  // namespace common
