// Open files and the errors of the system.
#include "file.h"

#include <fcntl.h>
#include <unistd.h>

namespace common {

File::File(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC, 0666)), owned_(true) {
  if (fd_ < 0) throw SystemError(path);
}

File::~File() {
  if (owned_) close(fd_);
}

}  // namespace common
