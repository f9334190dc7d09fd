// The options that choose the model and how it runs: --model, --threads, --max-tokens, --precision and text_options.h.
#include "model_options.h"

#include <algorithm>
#include <map>
#include <stdexcept>

#include "command_line.h"
#include "program.h"
#include "text.h"

namespace common {

void ModelOptions::AddTo(CommandLine& command_line) {
  command_line.Add("--model", folder, "DIR",
                   "Load the model from DIR; default: $VALENCE_MODEL, else the default model");
  AddSettingsTo(command_line);
}

void ModelOptions::AddSettingsTo(CommandLine& command_line) {
  command_line.Add("--threads", options.threads, "N", "Use N worker threads; 0: one for each CPU this process may use");
  command_line.Add("--max-tokens", options.max_tokens, "N", "Cut a text to N tokens; 0: to as many as the model reads");
  command_line.Add("--precision", precision, "auto|f32|bf16|int8",
                   "Compute in this type; auto: int8 for a model in int8, else bf16 where the CPU has it, else f32; int8 is "
                   "faster and changes a few labels");
  text.AddTo(command_line, options);
}

void ModelOptions::Check() {
  if (options.threads < 0) {
    throw UsageError("--threads: expected 0 or more, found " + std::to_string(options.threads));
  }
  if (options.max_tokens < 0 || options.max_tokens == 1) {
    throw UsageError("--max-tokens: expected 2 or more, or 0 for the model's own limit, found " +
                     std::to_string(options.max_tokens));
  }
  const std::map<std::string, valence::Precision> precisions = {{"auto", valence::Precision::kAuto},
                                                                {"f32", valence::Precision::kF32},
                                                                {"bf16", valence::Precision::kBf16},
                                                                {"int8", valence::Precision::kInt8}};
  const auto found = precisions.find(precision);
  if (found == precisions.end()) throw UsageError("--precision: expected auto, f32, bf16 or int8, found " + precision);
  options.precision = found->second;
  text.Check(options);
}

valence::Classifier ModelOptions::LoadClassifier() const {
  return folder ? valence::Classifier::load(*folder, options) : valence::Classifier::load(options);
}

valence::Classifier ModelOptions::LoadForProbabilities() const {
  valence::Classifier classifier = LoadClassifier();
  if (classifier.problem_type() != valence::ProblemType::kRegression) return classifier;
  throw std::runtime_error(classifier.model_folder().string() +
                           ": expected a model whose scores are probabilities, found problem_type \"regression\"");
}

valence::Tokenizer ModelOptions::LoadTokenizer() const {
  return folder ? valence::Tokenizer::load(*folder) : valence::Tokenizer::load();
}

std::size_t FindLabel(std::span<const std::string> labels, const std::string& option, const std::string& label) {
  const auto found = std::find(labels.begin(), labels.end(), label);
  if (found != labels.end()) return static_cast<std::size_t>(found - labels.begin());
  throw UsageError(option + ": expected a label of the model (" + Joined(labels, ", ") + "), found " + label);
}

}  // namespace common
