// The options that say how a table is read: --format and --delimiter.
#pragma once

#include <string>

#include "format.h"
#include "reader.h"

namespace common {
class CommandLine;
}

namespace table {

struct Options {
  std::string format;  // as given
  std::string delimiter;

  // Adds the options; the object must outlive the parsing.
  void AddTo(common::CommandLine& command_line);

  // After the parsing. Returns the format of the file with this path, and sets the reader's delimiter if one is given.
  // Throws common::UsageError.
  Format Check(const std::string& path, ReaderOptions& reader) const;
};

}  // namespace table
