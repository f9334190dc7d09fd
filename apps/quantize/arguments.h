// The command line of valence-quantize.
#pragma once

#include <optional>
#include <string>

#include "valence/quantize.h"

namespace quantize {

inline constexpr const char* kProgram = "valence-quantize";

struct Arguments {
  std::string model, out;
  valence::QuantizeOptions options;
};

// Answers --help and --version, then returns nothing. Throws common::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace quantize
