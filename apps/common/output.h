// Output in whole lines, also when a signal ends the process or the reader closes the pipe.
#pragma once

#include <unistd.h>

#include <string>
#include <string_view>

namespace common {

// Thrown when the reader of a pipe has closed it: no further output is needed.
struct OutputClosed {};

// Makes SIGINT, SIGTERM and SIGHUP end the process only between two lines of output, and makes writing to a closed pipe
// an error instead of the end of the process. Call it before the first thread starts.
void GuardOutput();

// Writes text that consists of whole lines; `name` stands in error messages. Where a write fails (a full disk, a limit
// on file sizes), a file keeps no part of a line. Throws OutputClosed, or std::runtime_error naming the output, the
// reason and the last line that was written.
void WriteLines(std::string_view lines, int fd = STDOUT_FILENO, const std::string& name = "standard output");

}  // namespace common
