// The worker threads. Each tokenizes some texts, runs a chunk, joins a team for another worker's chunk, or sleeps.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <thread>
#include <vector>

#include "batch/packed_batch.h"
#include "batch/request.h"
#include "cpu/team.h"

namespace valence::internal {

// The work itself. Tokenize and Run are called on worker threads; `worker`, in [0, threads), is the calling one.
class Work {
 public:
  virtual ~Work() = default;

  // Appends the ids of one text, [CLS] first and [SEP] last. Returns whether a part of the text was left out.
  virtual bool Tokenize(std::string_view text, std::vector<std::int32_t>& ids) = 0;

  // Every member of the team calls it with the same chunk; `leader` is the worker that member 0 runs on. Others may
  // come late, or not at all. When one returns, the answers are in `logits`: [chunk.texts(), labels].
  virtual void Run(const PackedBatch& chunk, int worker, int leader, TeamMember& member,
                   std::vector<float>& logits) = 0;

  // A text of more ids than max_tokens is computed in windows.
  virtual WindowRule window_rule() const { return {}; }
};

// Thread-safe. The threads start with the first request and sleep when there is nothing to do. Several classifiers may
// share one scheduler; a chunk holds texts for one Work only.
class Scheduler {
 public:
  // A chunk holds up to `chunk_tokens` tokens, or one longer text.
  Scheduler(int threads, std::int64_t chunk_tokens);
  ~Scheduler();
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  int threads() const { return threads_; }

  // The largest team that Work::Run is called with.
  int max_team() const;

  // Blocks until every text is answered; a member of a team may still be in `work` then, which must live until WaitFor
  // has returned, or the scheduler has ended. Rethrows what the work threw. Throws Error kForked in a process that was
  // forked after the threads had started.
  void Process(Work& work, std::span<const std::string_view> texts, const AnswerFunction& answer);

  // Returns at once. The request has its texts, `work`, `answer` and `finished`; it must live until `finished` is
  // called, by a worker thread or by Cancel. Returns the id for Cancel. Throws what Process throws before it waits.
  std::uint64_t Submit(Request& request);

  // Drops what is not in flight of a submission, which then ends with `reason`. Does nothing if it has ended.
  void Cancel(std::uint64_t id, std::exception_ptr reason);

  // Blocks until no request for `work` is left.
  void WaitFor(const Work& work);

 private:
  struct Chunk;
  struct TeamRun;
  struct Invitation {
    TeamRun* run;
    int index;
  };

  void ClaimForThisProcess();
  void StartThreads();
  void Enqueue(Request& request);
  void WorkerLoop(int worker);
  Request* NextToTokenize();
  void TokenizePortion(Request& request, std::unique_lock<std::mutex>& lock);
  bool FillChunk(Chunk& chunk, std::unique_lock<std::mutex>& lock);
  void RunChunk(Chunk& chunk, int worker, std::unique_lock<std::mutex>& lock);
  void FinishRequests(Chunk& chunk, std::exception_ptr error, std::unique_lock<std::mutex>& lock);
  void FreeChunk(Chunk& chunk);
  void FinishIfDone(Request* request, std::unique_lock<std::mutex>& lock);
  bool HasWork() const;

  const int threads_;
  const std::size_t chunk_tokens_;

  std::mutex mutex_;  // guards everything below
  std::unique_ptr<std::condition_variable> wake_workers_ = std::make_unique<std::condition_variable>();
  std::deque<Request*> requests_;  // the front one is served first
  std::uint64_t last_id_ = 0;
  std::condition_variable request_ended_;
  std::vector<Invitation> invitations_;
  int idle_ = 0;  // workers that sleep and have no invitation
  bool stopping_ = false;
  std::atomic<int> process_id_ = 0;  // of the process that used it first, which has the threads; read without the lock
  std::vector<Chunk> chunks_;        // [threads] what each worker runs
  std::vector<std::thread> workers_;
};

}  // namespace valence::internal
