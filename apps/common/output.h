// Whole lines to standard output or a file, whatever happens to the process or to the reader.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>

namespace cli {

// The reader closed its end: nobody wants the rest.
struct OutputClosed {};

// From now on SIGINT, SIGTERM and SIGHUP end the process between two lines of output only, and a closed pipe ends
// nothing by itself. Call it before the first thread starts.
void GuardOutput();

// Writes text that consists of whole lines; `name` stands in error messages. Where a write fails (a full disk, a limit
// on file sizes), a file keeps no part of a line. Throws OutputClosed, or std::runtime_error naming the output, the
// reason and the last line that was written.
void WriteLines(std::string_view lines, int fd = STDOUT_FILENO, const std::string& name = "standard output");

}  // namespace cli
