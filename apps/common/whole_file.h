// A file that stands under its name only when all of it is written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "file.h"

namespace common {

// Writes to a temporary file in the same folder, which replaces the named file in the end; what was there before stays
// until then. A symbolic link stays a link. "-" and what is no regular file (a pipe, a terminal) are written in place.
class WholeFile {
 public:
  // Opens it, so that a wrong path fails before any work is done. Throws std::runtime_error naming it.
  explicit WholeFile(std::string path);

  // Removes the temporary file if Write was not called.
  ~WholeFile();
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  // Called once, with whole lines. Throws std::runtime_error naming the file.
  void Write(std::string_view content);

 private:
  std::string path_;
  std::string target_;     // the path behind symbolic links
  std::string temporary_;  // empty: written in place
  std::optional<File> file_;
};

}  // namespace common
