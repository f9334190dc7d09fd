// What the user asked for on the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/program.h"

namespace cli {

struct Arguments {
  std::vector<std::string> texts;  // empty: lines are read from `input`, or from standard input
  std::optional<std::string> input;
  std::optional<std::string> resume;
  ModelOptions model;
  bool jsonl = false;
  bool scores = false;
  bool logits = false;
  bool tokens = false;
  bool tokenize = false;
  bool info = false;
  bool help = false;
  bool version = false;
  std::string help_text;

  bool WritesJson() const { return jsonl || scores || logits || tokens || tokenize; }
};

// Throws UsageError.
Arguments ParseArguments(int argc, const char* const* argv);

}  // namespace cli
