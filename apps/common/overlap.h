// Classifies windows of inputs while the next ones are read and the answers to those before them are written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "valence/classifier.h"
#include "window.h"

namespace common {

// Texts to classify in one call, and what their answers are written with.
template <class Inputs>
struct Batch {
  Inputs inputs;
  std::vector<std::string> texts;
};

// Batches that the classifier's threads work on, the oldest first.
template <class Inputs>
class BatchesInFlight {
 public:
  // Enough for 64 threads while one batch is written and the next one is read.
  static constexpr std::size_t kBatches = 4;
  static constexpr std::size_t kBytes = kBatches * Window::kBytes;

  struct Answered {
    Batch<Inputs> batch;
    std::vector<valence::Prediction> predictions;  // [texts]
  };

  explicit BatchesInFlight(const valence::Classifier& classifier) : classifier_(classifier) {}

  // After an exception nobody waits for the answers.
  ~BatchesInFlight() {
    for (const Flight& flight : flights_) classifier_.cancel(flight.submission);
  }
  BatchesInFlight(const BatchesInFlight&) = delete;
  BatchesInFlight& operator=(const BatchesInFlight&) = delete;

  bool IsEmpty() const { return flights_.empty(); }
  bool IsFull() const { return flights_.size() == kBatches || bytes_ >= kBytes; }

  // Returns at once.
  void Submit(Batch<Inputs> batch) {
    std::size_t bytes = 0;
    for (const std::string& text : batch.texts) bytes += text.size();
    const auto outcome = std::make_shared<std::promise<valence::Outcome>>();
    flights_.push_back({0, bytes, std::move(batch.inputs), outcome->get_future()});
    bytes_ += bytes;
    flights_.back().submission = classifier_.submit(
        std::move(batch.texts), [outcome](valence::Outcome done) { outcome->set_value(std::move(done)); });
  }

  // Waits for the answers to the oldest one. Throws what classifying it threw.
  Answered TakeOldest() {
    Flight flight = std::move(flights_.front());
    flights_.pop_front();
    bytes_ -= flight.bytes;
    valence::Outcome outcome = flight.outcome.get();
    if (outcome.error) std::rethrow_exception(outcome.error);
    return {{std::move(flight.inputs), std::move(outcome.texts)}, std::move(outcome.predictions)};
  }

 private:
  struct Flight {
    std::uint64_t submission;
    std::size_t bytes;
    Inputs inputs;
    std::future<valence::Outcome> outcome;
  };

  const valence::Classifier& classifier_;
  std::deque<Flight> flights_;
  std::size_t bytes_ = 0;
};

// Reads, classifies and writes at the same time: a few batches are in flight, and this thread reads the next one or
// writes the oldest. Batches are written in the order in which they were read.
//
//   std::optional<Batch<Inputs>> next()  the next texts, nothing at the end; waits for input
//   bool ready()                         whether next() would return without waiting
//   void write(Batch<Inputs>&&, std::vector<valence::Prediction>&&)
//
// While no input is ready, answers are written as they come. What `next` or `ready` throws is thrown again once the
// batches before it are written.
template <class Next, class Ready, class Write>
void Overlap(const valence::Classifier& classifier, Next next, Ready ready, Write write) {
  using Inputs = decltype(next()->inputs);
  BatchesInFlight<Inputs> in_flight(classifier);
  std::exception_ptr failure;
  for (bool has_ended = false; !has_ended || !in_flight.IsEmpty();) {
    std::optional<Batch<Inputs>> batch;
    try {
      const bool reads = !has_ended && !in_flight.IsFull() && (in_flight.IsEmpty() || ready());
      if (reads) {
        batch = next();
        has_ended = !batch;
      }
    } catch (...) {
      failure = std::current_exception();
      has_ended = true;
    }
    if (batch) {
      in_flight.Submit(std::move(*batch));
    } else if (!in_flight.IsEmpty()) {
      auto answered = in_flight.TakeOldest();
      write(std::move(answered.batch), std::move(answered.predictions));
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace common
