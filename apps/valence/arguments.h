// The command line of valence.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/input_options.h"
#include "common/model_options.h"

namespace cli {  // the command line tool; `valence` is the library's namespace

inline constexpr const char* kProgram = "valence";

struct Arguments {
  std::vector<std::string> texts;  // empty: lines are read from `input`, or from standard input
  std::optional<std::string> input;
  std::optional<std::string> resume;
  common::ModelOptions model;
  common::InputOptions encoding;
  bool jsonl = false;
  bool scores = false;
  bool logits = false;
  bool tokens = false;
  bool tokenize = false;
  bool info = false;

  bool WritesJson() const { return jsonl || scores || logits || tokens || tokenize; }
};

// Answers --help and --version, then returns nothing. Throws common::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace cli
