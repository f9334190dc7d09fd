// What the user asked valence-evaluate for.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "common/program.h"
#include "evaluation.h"
#include "rows.h"
#include "table/reader.h"

namespace evaluate {

struct Arguments {
  std::string input = "-";
  table::Format format = table::Format::kTsv;
  table::ReaderOptions reader;
  Rows::Columns columns = {"text", "label", {}};
  std::string labels;  // mapping, see LabelMap
  Settings settings;
  std::optional<std::string> json;  // where to write it, "-" for standard output
  std::optional<std::string> html;
  bool strict = false;
  bool bias_probe = false;
  bool bias_texts = false;
  std::optional<std::string> positive;  // the label whose probability the bias probe compares
  cli::ModelOptions model;
};

// Nothing after --help or --version, which it answers. Throws cli::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace evaluate
