// Text in, label and score out.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <functional>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "valence/cpu_info.h"
#include "valence/export.h"
#include "valence/long_text.h"
#include "valence/problem_type.h"
#include "valence/text_preparation.h"
#include "valence/tokenizer.h"

namespace valence {

class VALENCE_EXPORT Threads;

struct VALENCE_EXPORT Options {
  int threads = 0;     // worker threads, a hard limit; 0: all the CPUs that this process may use
  int max_tokens = 0;  // ids a text is cut to, the two special ones included; 0: the model's own limit
  Precision precision = Precision::kAuto;
  LongText long_text = LongText::kTruncate;
  int stride = 0;  // kMeanOfWindows: pieces from the start of one window to that of the next; the last window ends with
                   // the text; 0: max_tokens - 2, a whole window
  TextPreparation preparation = {};  // what is taken out of a text before it is tokenized; nothing by default
  std::shared_ptr<Threads> shared_threads =
      {};  // used instead of the classifier's own threads; `threads` is then ignored
};

// The answer for one text. It owns its data and outlives the classifier.
struct VALENCE_EXPORT Prediction {
  std::size_t label_id = 0;   // index of the largest logit; the first one of equals
  std::string label;          // its name in the config's id2label
  float score = 0;            // its probability: scores[label_id]
  std::vector<float> scores;  // [labels] softmax of the logits; sigmoid of each for a multi-label model
  std::vector<float> logits;  // [labels]
  bool truncated = false;     // a part of the text was not read; always false with LongText::kMeanOfWindows
};

// The result of a submission.
struct VALENCE_EXPORT Outcome {
  std::vector<std::string> texts;       // as submitted
  std::vector<Prediction> predictions;  // in the order of the texts; empty after an error
  std::exception_ptr error;             // what classify would have thrown, or Error kCancelled; null without an error
  std::size_t tokens = 0;               // read by the model
  // waiting: until the first text reached the model; computing: after that; tokenizing: of all texts, a part of these.
  std::chrono::nanoseconds waiting{}, tokenizing{}, computing{};
};

// A loaded model. Any number of threads may call every const method at the same time; the calls share the worker
// threads (Options::threads) fairly. The worker threads start with the first classify and sleep when there is nothing
// to do. A text's answer is the same bits, whatever else is in the call.
//
// After a fork() the child may use a classifier only if the parent had not used it; otherwise it throws Error kForked,
// because the worker threads exist in the parent only.
class VALENCE_EXPORT Classifier {
 public:
  // Loads the default model: the folder in the environment variable VALENCE_MODEL if it is set, else the one installed
  // with the library.
  static Classifier load(const Options& options = {});

  // Loads a published DistilBERT or BERT folder: config.json, model.safetensors, and tokenizer.json or vocab.txt.
  // Nothing in the folder is needed afterwards, but word embeddings in int8 stay mapped: such a folder may be deleted or
  // replaced by renaming, and its files must not be overwritten.
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
  // Needed for {"a", "b"}, which would otherwise become one text, string_view(first, last).
  std::vector<Prediction> classify(std::initializer_list<std::string_view> texts) const;

  // Classifies asynchronously: returns immediately and calls `done` once, on a worker thread, inside cancel, or,
  // without texts, inside submit. `done` must not throw, should be short, and must not destroy the classifier, whose
  // destructor waits for submissions. Throws what classify throws before it waits, and then does not call `done`.
  // Returns the id for cancel.
  std::uint64_t submit(std::vector<std::string> texts, std::function<void(Outcome)> done) const;

  // Drops the texts of a submission that no worker has begun; it ends with Error kCancelled. Does nothing if it has
  // ended.
  void cancel(std::uint64_t submission) const;

  // The token ids that the model reads for a text, preparation and LongText applied: one encoding, or one for each
  // window of kMeanOfWindows.
  std::vector<Encoding> encode(std::string_view text) const;

  std::span<const std::string> labels() const noexcept;
  const Tokenizer& tokenizer() const noexcept;

  ProblemType problem_type() const noexcept;  // what the scores are
  const std::filesystem::path& model_folder()
      const noexcept;  // as given to load; in the Hugging Face cache its snapshot
  // "DistilBertForSequenceClassification", and the class that config.json names where that is another one.
  std::string model_class() const;
  std::string_view activation() const noexcept;         // of the feed-forward layers, transformers' name: "gelu"
  Precision precision() const noexcept;                 // in use; never kAuto
  int threads() const noexcept;                         // in use
  int max_tokens() const noexcept;                      // in use
  LongText long_text() const noexcept;                  // as given to load
  int stride() const noexcept;                          // in use
  const TextPreparation& preparation() const noexcept;  // as given to load

 private:
  class Impl;
  explicit Classifier(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace valence
