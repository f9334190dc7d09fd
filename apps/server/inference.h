// From texts to predictions: admission, the library's submission, cancellation, and what every answer tells of its
// cost.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "background.h"
#include "message.h"
#include "metrics.h"
#include "models.h"

namespace server {

struct InferenceLimits {
  std::size_t texts = 100'000;             // in one request
  std::size_t waiting_tokens = 4'000'000;  // of all requests that are not answered yet
};

// A request that was admitted.
struct Job {
  std::shared_ptr<const Model> model;
  std::vector<std::string> texts;
  std::vector<valence::Prediction> predictions;  // [texts], once they are there
  bool may_truncate = true;                      // else a text that was cut makes it a 413
  bool batch = false;                            // for the metrics: asked as a batch, however many texts
};

// A token for each four bytes, but no more than a text is cut to.
std::size_t EstimateTokens(const valence::Classifier& classifier, const std::vector<std::string>& texts);

// Thread-safe.
class Inference {
 public:
  Inference(const InferenceLimits& limits, Metrics& metrics, Background& background)
      : limits_(limits), metrics_(metrics), background_(background) {}
  ~Inference() { WaitUntilIdle(); }

  // Answers the exchange: with what `format` makes of the predictions, and headers that tell the cost, or with an
  // error: 413 for too many texts, 422 for none, 429 for too many tokens, 424 where the model failed, 503 out of
  // memory.
  void Classify(Job job, std::shared_ptr<Exchange> exchange, std::function<Response(const Job&)> format);

  // Estimates, of all requests that are not answered yet.
  std::size_t waiting_tokens() const { return waiting_tokens_; }
  const InferenceLimits& limits() const { return limits_; }

  // Until the library has called back for everything. The exchanges' event loops must live until then.
  void WaitUntilIdle();

  // Counts the tokens as waiting. Throws Refused (429) when that would be too many.
  void Admit(std::size_t tokens);
  // The same for a stream that was admitted, and waits by itself.
  void Count(std::size_t tokens) { waiting_tokens_ += tokens; }
  void Release(std::size_t tokens) { waiting_tokens_ -= tokens; }

  // Submits texts that were admitted; `done` is called on a worker thread. Returns what Classifier::cancel takes.
  std::uint64_t Submit(const Model& model, std::vector<std::string> texts, std::function<void(valence::Outcome)> done);

 private:
  struct Running;

  const InferenceLimits limits_;
  Metrics& metrics_;
  Background& background_;
  std::atomic<std::size_t> waiting_tokens_{0};
  std::mutex mutex_;
  std::condition_variable idle_;
  std::size_t running_ = 0;  // submissions; guarded by the mutex
};

}  // namespace server
