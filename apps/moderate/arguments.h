// The command line of valence-moderate.
#pragma once

#include <array>
#include <optional>
#include <string>

#include "common/input_options.h"
#include "common/model_options.h"
#include "decision.h"

namespace moderate {

inline constexpr const char* kProgram = "valence-moderate";

struct Arguments {
  common::ModelOptions model;
  common::InputOptions encoding;
  std::array<std::string, kDecisions> files;  // by decision; empty: standard output
  bool jsonl = false;
  std::string text_key = "text";
  std::string label = "NEGATIVE";
  double threshold = 0.5;
  double band = 0.3;

  // Whether some lines go to a file: then lines are written as they were read.
  bool Splits() const { return files != decltype(files){}; }
};

// Answers --help and --version, then returns nothing. Throws common::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace moderate
