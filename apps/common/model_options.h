// The options that choose the model and how it runs: --model, --threads, --max-tokens, --precision and text_options.h.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "text_options.h"
#include "valence/classifier.h"

namespace common {

class CommandLine;

struct ModelOptions {
  std::optional<std::string> folder;
  valence::Options options;
  std::string precision = "auto";  // as given; Check puts it into `options`
  TextOptions text;

  // Adds the options; the object must outlive the parsing.
  void AddTo(CommandLine& command_line);

  // The same without --model.
  void AddSettingsTo(CommandLine& command_line);

  // After the parsing. Throws UsageError.
  void Check();

  // Throws valence::Error.
  valence::Classifier LoadClassifier() const;
  // The same for programs whose figures are probabilities. Throws std::runtime_error for a regression model.
  valence::Classifier LoadForProbabilities() const;
  valence::Tokenizer LoadTokenizer() const;
};

// The position of the label among the model's labels. Throws UsageError naming the option, the model's labels and
// `label`.
std::size_t FindLabel(std::span<const std::string> labels, const std::string& option, const std::string& label);

}  // namespace common
