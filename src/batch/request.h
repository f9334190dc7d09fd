// One classify call, or one submission, in the scheduler.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "batch/packed_batch.h"
#include "batch/windowed_text.h"

namespace valence::internal {

// Some texts of a request, tokenized together. Lives until the last of them is packed.
struct Portion {
  std::vector<std::int32_t> ids;  // of all its texts, end to end
};

// A tokenized text that waits to be put into a chunk; if it has windows, each of them is put into a chunk, in order.
struct Sequence {
  Sequence() = default;
  // length: of the whole text with [CLS] and [SEP]
  Sequence(std::shared_ptr<const Portion> portion, std::size_t begin, std::size_t length, std::size_t text,
           bool truncated, const WindowRule& rule);

  void AppendTo(PackedBatch& batch) const;

  std::shared_ptr<const Portion> portion;
  std::size_t begin = 0;        // of the text's ids in the portion
  std::size_t text_tokens = 0;  // the number of these ids
  std::size_t length = 0;       // of what goes into a chunk: the text or a window of it
  std::size_t text = 0;         // its index in the request
  bool truncated = false;
  std::shared_ptr<WindowedText> windowed;  // null for a text without windows
  std::size_t window = 0;                  // the next one to be put into a chunk

  std::size_t windows_left() const { return windowed ? windowed->windows() - window : 1; }
};

// Called on a worker thread once for each text, in any order. logits: [labels], the mean if the text had windows.
using AnswerFunction = std::function<void(std::size_t text, std::span<const float> logits, bool truncated)>;

class Work;

// What a request has taken so far. Guarded by the scheduler's mutex.
struct RequestCost {
  using Clock = std::chrono::steady_clock;
  Clock::time_point submitted = Clock::now();
  Clock::time_point started{};   // of its first chunk
  Clock::duration tokenizing{};  // of all its portions
  std::size_t tokens = 0;        // that went into chunks
};

struct Request {
  Work* work = nullptr;
  std::span<const std::string_view> texts;
  const AnswerFunction* answer = nullptr;
  std::function<void()> finished;  // called once Done() holds, without the scheduler's mutex; may destroy the request.
                                   // If it is empty, `done` is notified instead
  std::uint64_t id = 0;            // of a submission; 0: none
  RequestCost cost;

  std::size_t next_text = 0;      // the first one that no worker has begun to tokenize
  std::vector<Sequence> waiting;  // shortest first
  std::size_t in_flight = 0;      // texts that some worker is tokenizing or computing
  std::exception_ptr error;       // the first failure; the rest of the request is dropped
  std::condition_variable done;   // notified once Done() holds

  bool HasUntokenized() const { return next_text < texts.size(); }
  bool Done() const { return !HasUntokenized() && waiting.empty() && in_flight == 0; }

  // Keeps `waiting` sorted by length.
  void AddWaiting(std::vector<Sequence> sequences);

  // Takes the longest waiting sequence of at most `max_length` tokens; false if there is none. A sequence with more
  // windows stays in `waiting`.
  bool TakeLongest(std::size_t max_length, Sequence& taken);

  // Drops everything that is not in flight.
  void Drop(std::exception_ptr reason);
};

}  // namespace valence::internal
