// Whole lines to standard output, whatever happens to the process or to the reader.
#pragma once

#include <string_view>

namespace cli {

// The reader closed its end: nobody wants the rest.
struct OutputClosed {};

// From now on SIGINT, SIGTERM and SIGHUP end the process between two lines of output only, and a closed pipe ends
// nothing by itself. Call it before the first thread starts.
void GuardOutput();

// Writes text that consists of whole lines.
// Throws OutputClosed, or std::runtime_error naming standard output and the reason.
void WriteLines(std::string_view lines);

}  // namespace cli
