// The command line of valence-brand-watch.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "common/input_options.h"
#include "common/model_options.h"

namespace brand_watch {

inline constexpr const char* kProgram = "valence-brand-watch";

struct Arguments {
  common::ModelOptions model;
  common::InputOptions encoding;
  std::string input = "-";
  bool follow = false;
  std::int64_t patience = 0;  // seconds
  std::string text_key = "text";
  std::string time_key = "time";
  std::vector<std::string> brands;
  std::string label = "POSITIVE";
  std::int64_t period = 3600;  // seconds
  std::int64_t late = 300;     // seconds
  std::size_t few = 10;
  bool json = false;
};

// Answers --help and --version, then returns nothing. Throws common::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace brand_watch
