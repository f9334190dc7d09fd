// Nothing here waits: the worker threads of the library call back, and the answer is written on the event loop.
#include "inference.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

namespace server {
namespace {

constexpr std::size_t kBytesPerToken = 4;
constexpr std::size_t kSpecialTokens = 2;

std::size_t EstimateTokens(const Job& job) {
  const auto most = static_cast<std::size_t>(job.model->classifier.max_tokens());
  const bool windows = job.model->classifier.long_text() == valence::LongText::kMeanOfWindows;
  std::size_t tokens = 0;
  for (const std::string& text : job.texts) {
    const std::size_t estimate = text.size() / kBytesPerToken + kSpecialTokens;
    tokens += windows ? estimate : std::min(estimate, most);
  }
  return tokens;
}

std::string Milliseconds(std::chrono::nanoseconds time) {
  return std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

// As text-embeddings-inference names them; times in milliseconds.
void AddCost(const Job& job, const valence::Outcome& outcome, Response& response) {
  std::size_t characters = 0;
  for (const std::string& text : job.texts) {
    characters += static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
  }
  const auto total = outcome.waiting + outcome.computing;
  response.headers.insert(response.headers.end(), {{"x-compute-type", "cpu"},
                                                   {"x-compute-time", Milliseconds(total)},
                                                   {"x-compute-characters", std::to_string(characters)},
                                                   {"x-compute-tokens", std::to_string(outcome.tokens)},
                                                   {"x-total-time", Milliseconds(total)},
                                                   {"x-tokenization-time", Milliseconds(outcome.tokenizing)},
                                                   {"x-queue-time", Milliseconds(outcome.waiting)},
                                                   {"x-inference-time", Milliseconds(outcome.computing)}});
}

Response FailureOf(const std::exception_ptr& error) {
  try {
    std::rethrow_exception(error);
  } catch (const std::bad_alloc&) {
    return ErrorResponse(503, "overloaded", "out of memory");
  } catch (const std::exception& reason) {
    return ErrorResponse(424, "backend", reason.what());
  }
}

// Says of the first text that was cut how long it is.
Response TooLong(const Job& job, std::size_t text) {
  const auto& classifier = job.model->classifier;
  const std::size_t found = classifier.tokenizer().encode(job.texts[text], SIZE_MAX).ids.size();
  return ErrorResponse(413, "validation",
                       "text " + std::to_string(text) + ": expected at most " +
                           std::to_string(classifier.max_tokens()) + " tokens, found " + std::to_string(found) +
                           "; set \"truncate\": true to have it cut");
}

}  // namespace

struct Inference::Running {
  Job job;
  std::shared_ptr<Exchange> exchange;
  std::function<Response(const Job&)> format;

  Response Answer(valence::Outcome& outcome) {
    if (outcome.error) return FailureOf(outcome.error);
    job.texts = std::move(outcome.texts);
    job.predictions = std::move(outcome.predictions);
    if (!job.may_truncate) {
      const auto cut = std::find_if(job.predictions.begin(), job.predictions.end(),
                                    [](const valence::Prediction& p) { return p.truncated; });
      if (cut != job.predictions.end()) return TooLong(job, static_cast<std::size_t>(cut - job.predictions.begin()));
    }
    Response response = format(job);
    AddCost(job, outcome, response);
    return response;
  }
};

void Inference::Classify(Job job, std::shared_ptr<Exchange> exchange, std::function<Response(const Job&)> format) {
  if (job.texts.empty()) return exchange->Respond(ErrorResponse(422, "empty", "no text was given"));
  if (job.texts.size() > limits_.texts) {
    return exchange->Respond(ErrorResponse(
        413, "validation",
        "expected at most " + std::to_string(limits_.texts) + " texts, found " + std::to_string(job.texts.size())));
  }
  const std::size_t tokens = EstimateTokens(job);
  // Where nothing waits, a request of any size is taken.
  if (const std::size_t before = waiting_tokens_.fetch_add(tokens);
      before > 0 && before + tokens > limits_.waiting_tokens) {
    waiting_tokens_ -= tokens;
    Response busy = ErrorResponse(429, "overloaded", "too many tokens wait; try again later");
    busy.headers.emplace_back("retry-after", "1");
    return exchange->Respond(std::move(busy));
  }

  const std::shared_ptr<const Model> model = job.model;
  std::vector<std::string> texts = std::move(job.texts);
  auto running = std::make_shared<Running>(Running{std::move(job), exchange, std::move(format)});
  std::uint64_t id = 0;
  try {
    id = model->classifier.submit(std::move(texts), [this, running, tokens](valence::Outcome outcome) mutable {
      waiting_tokens_ -= tokens;
      // On the event loop, so that no worker thread holds the model's last reference, nor waits for the formatting.
      const std::shared_ptr<Exchange> loop = running->exchange;
      loop->Post([running = std::move(running), outcome = std::move(outcome)]() mutable {
        running->exchange->Respond(running->Answer(outcome));
      });
    });
  } catch (...) {
    waiting_tokens_ -= tokens;
    return exchange->Respond(FailureOf(std::current_exception()));
  }
  exchange->OnStop([model, id] { model->classifier.cancel(id); });
}

}  // namespace server
