// One classify call on its way through the scheduler.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace valence::internal {

// Some texts of a request, tokenised together; lives until the last of them has been packed.
struct Window {
  std::vector<std::int32_t> ids;  // of all its texts, end to end
};

// A tokenised text that waits for its place in a chunk.
struct Sequence {
  std::shared_ptr<const Window> window;
  std::size_t begin = 0, length = 0;  // its ids in the window
  std::size_t text = 0;               // its index in the request
  bool truncated = false;

  std::span<const std::int32_t> ids() const { return std::span(window->ids).subspan(begin, length); }
};

// Called on a worker thread once a text, in no particular order; logits: [labels].
using AnswerFunction = std::function<void(std::size_t text, std::span<const float> logits, bool truncated)>;

struct Request {
  std::span<const std::string_view> texts;
  const AnswerFunction* answer = nullptr;

  std::size_t next_text = 0;      // the first that no worker has taken for tokenising
  std::vector<Sequence> waiting;  // shortest first
  std::size_t in_flight = 0;      // texts that some worker is tokenising or computing
  std::exception_ptr error;       // the first failure; the rest of the request is dropped
  std::condition_variable done;   // notified once Done() holds

  bool HasUntokenized() const { return next_text < texts.size(); }
  bool Done() const { return !HasUntokenized() && waiting.empty() && in_flight == 0; }

  // Keeps `waiting` in order of length.
  void AddWaiting(std::vector<Sequence> sequences);

  // Removes the longest waiting sequence of at most `max_length` tokens; false if there is none.
  bool TakeLongest(std::size_t max_length, Sequence& taken);

  // Gives up on all that is not in flight.
  void Drop(std::exception_ptr reason);
};

}  // namespace valence::internal
