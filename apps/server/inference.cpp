// Nothing here waits: the worker threads of the library call back, and the answer is written on the event loop.
#include "inference.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <new>
#include <utility>

#include "json.h"
#include "out_of_memory.h"

namespace server {
namespace {

constexpr std::size_t kBytesPerToken = 4;
constexpr std::size_t kSpecialTokens = 2;
// Formatting more answers than this would hold up an event loop.
constexpr std::size_t kFewAnswers = 500;

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
    return OutOfMemory();
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

std::size_t EstimateTokens(const valence::Classifier& classifier, const std::vector<std::string>& texts) {
  const auto most = static_cast<std::size_t>(classifier.max_tokens());
  const bool windows = classifier.long_text() == valence::LongText::kMeanOfWindows;
  std::size_t tokens = 0;
  for (const std::string& text : texts) {
    const std::size_t estimate = text.size() / kBytesPerToken + kSpecialTokens;
    tokens += windows ? estimate : std::min(estimate, most);
  }
  return tokens;
}

struct Inference::Running {
  Job job;
  std::shared_ptr<Exchange> exchange;
  std::function<Response(const Job&)> format;
  valence::Outcome outcome;              // without texts and predictions, which the job has then
  std::shared_ptr<Running> never_ended;  // itself, where no memory is left to hand it over: it stays

  Response Answer() const {
    if (outcome.error) return FailureOf(outcome.error);
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

void Inference::WaitUntilIdle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return running_ == 0; });
}

void Inference::Admit(std::size_t tokens) {
  // Where nothing waits, a request of any size is taken.
  const std::size_t before = waiting_tokens_.fetch_add(tokens);
  if (before == 0 || before + tokens <= limits_.waiting_tokens) return;
  waiting_tokens_ -= tokens;
  throw Refused{429, "overloaded", "too many tokens wait; try again later"};
}

std::uint64_t Inference::Submit(const Model& model, std::vector<std::string> texts,
                                std::function<void(valence::Outcome)> done) {
  {
    const std::lock_guard lock(mutex_);
    ++running_;
  }
  const auto ended = [this] {
    const std::lock_guard lock(mutex_);
    if (--running_ == 0) idle_.notify_all();  // under the lock: the waiting thread may then destroy this
  };
  try {
    return model.classifier.submit(std::move(texts), [done = std::move(done), ended](valence::Outcome outcome) mutable {
      std::exchange(done, nullptr)(std::move(outcome));
      ended();
    });
  } catch (...) {
    ended();
    throw;
  }
}

void Inference::Classify(Job job, std::shared_ptr<Exchange> exchange, std::function<Response(const Job&)> format) {
  if (job.texts.empty()) throw Refused{422, "empty", "no text was given"};
  if (job.texts.size() > limits_.texts) {
    throw Refused{
        413, "validation",
        "expected at most " + std::to_string(limits_.texts) + " texts, found " + std::to_string(job.texts.size())};
  }
  const std::size_t tokens = EstimateTokens(job.model->classifier, job.texts);
  Admit(tokens);
  const bool batch = job.batch;
  const std::size_t count = job.texts.size();
  metrics_.CountRequest(batch, count);
  const std::shared_ptr<const Model> model = job.model;
  std::uint64_t id = 0;
  try {
    std::vector<std::string> texts = std::move(job.texts);
    // The worker thread hands over all that it has of the request, as it must not end the model's last reference. The
    // memory for that is there beforehand.
    const auto handed_over = std::make_shared<std::shared_ptr<Running>>(
        std::make_shared<Running>(Running{std::move(job), exchange, std::move(format), {}, {}}));
    id = Submit(*model, std::move(texts), [this, handed_over, tokens, batch, count](valence::Outcome outcome) {
      Release(tokens);
      Insist([&] { metrics_.CountOutcome(batch, count, outcome); });
      Running& done = **handed_over;
      done.job.texts = std::move(outcome.texts);
      done.job.predictions = std::move(outcome.predictions);
      done.outcome = std::move(outcome);
      const bool many = count > kFewAnswers;
      const bool posted = Insist([&] {
        const auto answer = [handed_over] {
          const std::shared_ptr<Running> running = std::move(*handed_over);
          try {
            running->exchange->Respond(running->Answer());
          } catch (const std::bad_alloc&) {
            Insist([&] { running->exchange->Respond(OutOfMemory()); });
          }
        };
        if (many) {
          background_.Run(answer);
        } else {
          const std::shared_ptr<Exchange> loop = done.exchange;
          loop->Post(answer);
        }
      });
      if (!posted) done.never_ended = *handed_over;
    });
  } catch (...) {
    Release(tokens);
    valence::Outcome failure;
    failure.error = std::current_exception();
    metrics_.CountOutcome(batch, count, failure);
    return exchange->Respond(FailureOf(failure.error));
  }
  exchange->OnStop([model, id] { model->classifier.cancel(id); });
}

}  // namespace server
