// The command line of valence-evaluate.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/input_options.h"
#include "common/model_options.h"
#include "evaluation.h"
#include "rows.h"
#include "table/reader.h"

namespace evaluate {

inline constexpr const char* kProgram = "valence-evaluate";

struct Arguments {
  std::string input = "-";
  table::Format format = table::Format::kTsv;
  table::ReaderOptions reader;
  Rows::Columns columns = {"text", "label", {}};
  std::string labels;  // mapping, see LabelMap
  Settings settings;
  std::optional<std::string> json;  // where to write it, "-" for standard output
  std::optional<std::string> html;
  common::InputOptions encoding;  // with --strict
  std::vector<std::string> compare;  // two precisions, or nothing
  bool bias_probe = false;
  bool bias_texts = false;
  std::optional<std::string> positive;  // the label whose probability the bias probe compares
  common::ModelOptions model;
};

// Answers --help and --version, then returns nothing. Throws common::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace evaluate
