// From the input to the output: reads, classifies and writes.
#pragma once

#include "arguments.h"
#include "common/program.h"

namespace cli {

// Answers all texts, a few windows of lines at a time, so that memory does not grow with the input. Throws
// std::runtime_error or valence::Error.
common::ExitCode AnswerAll(const Arguments& arguments);

}  // namespace cli
