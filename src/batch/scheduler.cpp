// Chunks are independent and threads need no barrier between them; only when there are fewer chunks than threads do
// several threads share one.
#include "batch/scheduler.h"

#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <system_error>
#include <utility>

#include "valence/error.h"

namespace valence::internal {
namespace {

// What one worker tokenizes at a time: a few milliseconds of work.
constexpr std::size_t kPortionTexts = 512;
constexpr std::size_t kPortionBytes = 256 * 1024;
// More than this many threads on one chunk spend their time at the barriers.
constexpr int kMaxTeam = 8;

}  // namespace

struct Scheduler::Chunk {
  struct Part {
    Request* request;
    std::size_t text;
    bool truncated;
    std::shared_ptr<WindowedText> windowed;  // null for a text that is here whole
    std::size_t window;

    // logits: [labels]
    void Answer(std::span<const float> logits) const {
      if (!windowed) {
        (*request->answer)(text, logits, truncated);
      } else if (windowed->Add(window, logits)) {
        (*request->answer)(text, windowed->Mean(), truncated);
      }
    }
  };
  Work* work = nullptr;
  PackedBatch batch;
  std::vector<Part> parts;    // one a text, or window, of the batch
  std::vector<float> logits;  // [texts, labels]
};

struct Scheduler::TeamRun {
  Chunk& chunk;
  int leader;
  Team team;
  std::atomic<int> running;  // members that may still touch this
  std::mutex error_mutex{};
  std::exception_ptr error{};

  void Run(int worker, int index) {
    try {
      chunk.work->Run(chunk.batch, worker, leader, TeamMember{&team, index}, chunk.logits);
    } catch (const TeamBroken&) {  // another member has the reason
    } catch (...) {
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
      team.Break();
    }
    running.fetch_sub(1, std::memory_order_release);  // the last touch
  }
};

Scheduler::Scheduler(int threads, std::int64_t chunk_tokens)
    : threads_(threads), chunk_tokens_(static_cast<std::size_t>(chunk_tokens)) {}

Scheduler::~Scheduler() {
  if (process_id_ != 0 && process_id_ != getpid()) {  // forked off: the threads are not ours to join
    for (auto& worker : workers_) worker.detach();
    (void)wake_workers_.release();  // its destructor would wait for the sleepers of the other process
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  wake_workers_->notify_all();
  for (auto& worker : workers_) worker.join();
}

int Scheduler::max_team() const { return std::min(threads_, kMaxTeam); }

void Scheduler::CheckProcess() const {
  if (process_id_ == 0 || process_id_ == getpid()) return;
  throw Error(ErrorCode::kForked, "this classifier was used in process " + std::to_string(process_id_) +
                                      ", from which process " + std::to_string(getpid()) +
                                      " was forked off; its threads stayed there: load one of your own");
}

void Scheduler::Process(Work& work, std::span<const std::string_view> texts, const AnswerFunction& answer) {
  if (texts.empty()) return;
  CheckProcess();
  Request request;
  request.work = &work;
  request.texts = texts;
  request.answer = &answer;
  std::unique_lock lock(mutex_);
  Enqueue(request);
  request.done.wait(lock, [&] { return request.Done(); });
  if (request.error) std::rethrow_exception(request.error);
}

std::uint64_t Scheduler::Submit(Request& request) {
  CheckProcess();
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = request.id = ++last_id_;
  Enqueue(request);
  return id;  // the request may be gone once the lock is
}

void Scheduler::Enqueue(Request& request) {
  StartThreads();
  requests_.push_back(&request);
  wake_workers_->notify_one();
}

void Scheduler::Cancel(std::uint64_t id, std::exception_ptr reason) {
  if (process_id_ != getpid()) return;
  std::unique_lock lock(mutex_);
  const auto found = std::find_if(requests_.begin(), requests_.end(), [&](const Request* r) { return r->id == id; });
  if (id == 0 || found == requests_.end()) return;
  (*found)->Drop(std::move(reason));
  FinishIfDone(*found, lock);
}

void Scheduler::WaitFor(const Work& work) {
  if (process_id_ != getpid()) return;  // not used yet, or by the process that this one was forked off
  std::unique_lock lock(mutex_);
  request_ended_.wait(lock, [&] {
    return std::none_of(requests_.begin(), requests_.end(), [&](const Request* r) { return r->work == &work; }) &&
           std::none_of(chunks_.begin(), chunks_.end(), [&](const Chunk& c) { return c.work == &work; });
  });
}

// Gets all the memory that the threads' own loops need: there nobody could be told that it is lacking.
void Scheduler::StartThreads() {
  if (!workers_.empty()) return;
  const auto threads = static_cast<std::size_t>(threads_);
  chunks_.resize(threads);
  for (Chunk& chunk : chunks_) chunk.parts.reserve(chunk_tokens_ + 1);  // FillChunk counts on it: a text has a token
  invitations_.reserve(threads);
  workers_.reserve(threads);
  process_id_ = getpid();  // of the threads that may be about to start
  // Signals are the business of the program's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  try {
    for (int i = 0; i < threads_; ++i) workers_.emplace_back([this, i] { WorkerLoop(i); });
  } catch (const std::exception& error) {  // std::system_error or std::bad_alloc
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    // Fewer threads than asked for do the same work; none cannot.
    if (workers_.empty()) {
      process_id_ = 0;
      throw Error(ErrorCode::kRuntime, std::string("cannot start a worker thread: ") + error.what());
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Scheduler::WorkerLoop(int worker) {
  // Short enough to need no memory.
  pthread_setname_np(pthread_self(), ("valence-" + std::to_string(worker)).c_str());
  std::unique_lock lock(mutex_);
  Chunk& chunk = chunks_[static_cast<std::size_t>(worker)];
  while (true) {
    if (Request* const request = NextToTokenize()) {
      TokenizePortion(*request, lock);
    } else if (FillChunk(chunk, lock)) {
      if (!chunk.parts.empty()) RunChunk(chunk, worker, lock);
    } else if (stopping_) {
      return;
    } else {
      ++idle_;
      wake_workers_->wait(lock, [this] { return stopping_ || !invitations_.empty() || HasWork(); });
      if (invitations_.empty()) {
        --idle_;
        continue;
      }
      // Whoever sent the invitation has taken one sleeper off the count; only sleepers answer one.
      const Invitation invitation = invitations_.back();
      invitations_.pop_back();
      lock.unlock();
      invitation.run->Run(worker, invitation.index);
      lock.lock();
    }
  }
}

bool Scheduler::HasWork() const {
  return std::any_of(requests_.begin(), requests_.end(),
                     [](const Request* r) { return r->HasUntokenized() || !r->waiting.empty(); });
}

// The request to tokenize some texts of: one of which nothing else can be done, so that it gets its turn whatever waits
// of others; then any while fewer tokens wait than fill a chunk. Null if there is none.
Request* Scheduler::NextToTokenize() {
  std::size_t tokens = 0;
  Request* next = nullptr;
  for (Request* request : requests_) {
    if (request->HasUntokenized() && request->waiting.empty() && request->in_flight == 0) return request;
    for (auto s = request->waiting.rbegin(); s != request->waiting.rend() && tokens < chunk_tokens_; ++s) {
      tokens += s->length * s->windows_left();
    }
    if (next == nullptr && request->HasUntokenized()) next = request;
  }
  return tokens < chunk_tokens_ ? next : nullptr;
}

void Scheduler::TokenizePortion(Request& request, std::unique_lock<std::mutex>& lock) {
  const std::size_t first = request.next_text;
  std::size_t last = first, bytes = 0;
  while (last < request.texts.size() && last - first < kPortionTexts && bytes < kPortionBytes) {
    bytes += request.texts[last++].size();
  }
  request.next_text = last;
  request.in_flight += last - first;
  if (request.HasUntokenized() && idle_ > 0) wake_workers_->notify_one();
  lock.unlock();

  const auto start = RequestCost::Clock::now();
  std::exception_ptr error;
  std::vector<Sequence> sequences;
  try {
    const WindowRule rule = request.work->window_rule();
    const auto portion = std::make_shared<Portion>();
    for (std::size_t text = first; text < last; ++text) {
      const std::size_t begin = portion->ids.size();
      const bool truncated = request.work->Tokenize(request.texts[text], portion->ids);
      sequences.emplace_back(portion, begin, portion->ids.size() - begin, text, truncated, rule);
    }
  } catch (...) {
    error = std::current_exception();
  }

  const auto end = RequestCost::Clock::now();

  lock.lock();
  request.cost.tokenizing += end - start;
  request.in_flight -= last - first;
  if (!error) {
    try {
      request.AddWaiting(std::move(sequences));
    } catch (...) {
      error = std::current_exception();
    }
  }
  if (error) request.Drop(error);
  FinishIfDone(&request, lock);
}

// Fills the chunk with the longest texts that fit, first of the request whose turn it is, then of the others for the
// same work. False if there are none; the chunk is empty if they were dropped for lack of memory.
bool Scheduler::FillChunk(Chunk& chunk, std::unique_lock<std::mutex>& lock) {
  chunk.batch.Clear();
  chunk.parts.clear();
  chunk.work = nullptr;
  std::size_t room = chunk_tokens_;
  const auto now = RequestCost::Clock::now();
  try {
    for (Request* request : requests_) {
      if (chunk.work != nullptr && chunk.work != request->work) continue;
      Sequence sequence;
      while (room > 0 && request->TakeLongest(chunk.parts.empty() ? SIZE_MAX : room, sequence)) {
        chunk.parts.push_back({request, sequence.text, sequence.truncated, sequence.windowed, sequence.window});
        ++request->in_flight;
        chunk.work = request->work;
        if (request->cost.tokens == 0) request->cost.started = now;
        request->cost.tokens += sequence.length;
        room -= std::min(room, sequence.length);
        sequence.AppendTo(chunk.batch);
      }
    }
  } catch (...) {  // out of memory
    FinishChunk(chunk, std::current_exception(), lock);
    return true;
  }
  if (chunk.parts.empty()) return false;
  const auto turn = std::find(requests_.begin(), requests_.end(), chunk.parts.front().request);
  std::rotate(turn, turn + 1, requests_.end());
  return true;
}

void Scheduler::RunChunk(Chunk& chunk, int worker, std::unique_lock<std::mutex>& lock) {
  int helpers = 0;
  if (HasWork()) {
    if (idle_ > 0) wake_workers_->notify_one();
  } else {
    helpers = std::min(idle_, max_team() - 1);
  }
  TeamRun run{chunk, worker, Team(helpers + 1), helpers + 1};
  idle_ -= helpers;
  for (int index = 1; index <= helpers; ++index) {
    invitations_.push_back({&run, index});
    wake_workers_->notify_one();
  }
  lock.unlock();
  run.Run(worker, 0);
  while (run.running.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  if (!run.error) {
    try {
      const std::size_t labels = chunk.logits.size() / chunk.parts.size();
      for (std::size_t i = 0; i < chunk.parts.size(); ++i) {
        chunk.parts[i].Answer(std::span(chunk.logits).subspan(i * labels, labels));
      }
    } catch (...) {
      run.error = std::current_exception();
    }
  }
  lock.lock();
  FinishChunk(chunk, run.error, lock);
}

void Scheduler::FinishChunk(Chunk& chunk, std::exception_ptr error, std::unique_lock<std::mutex>& lock) {
  for (const auto& part : chunk.parts) {
    --part.request->in_flight;
    if (error) part.request->Drop(error);
  }
  // A request may have several texts here: look at each once all of them are counted off.
  for (auto& part : chunk.parts) {
    part.windowed.reset();
    FinishIfDone(part.request, lock);
  }
  chunk.parts.clear();
  chunk.work = nullptr;
  request_ended_.notify_all();
}

// The request may be gone already, with the lock released meanwhile: what counts is whether it is still in the queue.
void Scheduler::FinishIfDone(Request* request, std::unique_lock<std::mutex>& lock) {
  const auto place = std::find(requests_.begin(), requests_.end(), request);
  if (place == requests_.end() || !request->Done()) return;
  requests_.erase(place);
  if (!request->finished) {
    request->done.notify_one();  // under the lock: the caller may then destroy it
    return;
  }
  lock.unlock();
  request->finished();
  lock.lock();
  request_ended_.notify_all();
}

}  // namespace valence::internal
