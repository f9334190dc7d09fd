// From texts to predictions: admission, the library's submission, cancellation, and what every answer tells of its
// cost.
#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "message.h"
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
};

// Thread-safe.
class Inference {
 public:
  explicit Inference(const InferenceLimits& limits) : limits_(limits) {}

  // Answers the exchange: with what `format` makes of the predictions, and headers that tell the cost, or with an
  // error: 413 for too many texts, 422 for none, 429 for too many tokens, 424 where the model failed, 503 out of
  // memory.
  void Classify(Job job, std::shared_ptr<Exchange> exchange, std::function<Response(const Job&)> format);

  // An estimate, from the bytes: a token for each four, but no more than a text is cut to.
  std::size_t waiting_tokens() const { return waiting_tokens_; }

 private:
  struct Running;

  const InferenceLimits limits_;
  std::atomic<std::size_t> waiting_tokens_{0};
};

}  // namespace server
