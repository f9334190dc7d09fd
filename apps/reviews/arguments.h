// The command line of valence-reviews.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "common/input_options.h"
#include "common/model_options.h"
#include "table/format.h"
#include "table/reader.h"

namespace reviews {

inline constexpr const char* kProgram = "valence-reviews";

struct Arguments {
  common::ModelOptions model;
  common::InputOptions encoding;
  std::string input = "-";
  table::Format format = table::Format::kTsv;
  table::ReaderOptions reader;
  std::string text_column = "text";
  std::string product_column = "product";
  std::string label = "POSITIVE";
  std::size_t sentences = 3;
  std::size_t few = 10;
  bool grouped = false;
  bool json = false;
};

// Answers --help and --version, then returns nothing. Throws common::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace reviews
