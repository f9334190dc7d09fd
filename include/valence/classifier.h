// Text in, label and score out.
#pragma once

#include <cstddef>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "valence/cpu_info.h"
#include "valence/export.h"
#include "valence/tokenizer.h"

namespace valence {

struct Options {
  int threads = 0;     // worker threads, a hard limit; 0: all the CPUs that this process may use
  int max_tokens = 0;  // ids a text is cut to, the two special ones included; 0: the model's own limit
  Precision precision = Precision::kAuto;
};

// The answer for one text. It owns its data and outlives the classifier.
struct Prediction {
  std::size_t label_id = 0;   // index of the largest logit; the first one of equals
  std::string label;          // its name in the config's id2label
  float score = 0;            // its probability: scores[label_id]
  std::vector<float> scores;  // [labels] softmax of the logits; sigmoid of each for a multi-label model
  std::vector<float> logits;  // [labels]
  bool truncated = false;     // the text had more tokens than the limit; the rest was not read
};

// A loaded model. Every const method may be called from any number of threads at once: the worker threads,
// of which there are Options::threads, are shared fairly among the calls. They start with the first
// classify and sleep when there is nothing to do. A text's answer is the same bits whatever batch it came in.
//
// After a fork() the child may use a classifier that was not used before the fork; one that was throws
// Error kForked there, as its threads stayed with the parent.
class VALENCE_EXPORT Classifier {
 public:
  // Loads the default model: the folder in the environment variable VALENCE_MODEL if that is set, else the
  // one installed with the library.
  static Classifier load(const Options& options = {});

  // Loads a published DistilBERT folder: config.json, model.safetensors, and tokenizer.json or vocab.txt.
  // Nothing in the folder is needed afterwards.
  // Throws Error, every code but kForked; the message names the file, tensor or option.
  static Classifier load(const std::filesystem::path& model_folder, const Options& options = {});

  Classifier(Classifier&&) noexcept;
  Classifier& operator=(Classifier&&) noexcept;
  ~Classifier();

  // Answers in the order of the texts. Texts are UTF-8; see Tokenizer::encode for what is not.
  // Throws Error kRuntime or kForked, and std::bad_alloc; the classifier stays usable.
  Prediction classify(std::string_view text) const;
  std::vector<Prediction> classify(std::span<const std::string_view> texts) const;
  std::vector<Prediction> classify(std::span<const std::string> texts) const;
  // Without this one, {"a", "b"} would silently become the string_view(first, last) of one text.
  std::vector<Prediction> classify(std::initializer_list<std::string_view> texts) const;

  std::span<const std::string> labels() const noexcept;
  const Tokenizer& tokenizer() const noexcept;

  const std::filesystem::path& model_folder() const noexcept;  // as given to load
  Precision precision() const noexcept;                        // in use: kF32 or kBf16
  int threads() const noexcept;                                // in use
  int max_tokens() const noexcept;                             // in use

 private:
  class Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace valence
