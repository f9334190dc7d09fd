// Chunks are independent, so threads need not wait for each other. Several threads share a chunk only when there are
// fewer chunks than threads.
// More than 300 lines because all functions change one state under one mutex: they are read together.
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

// The limits of what one worker tokenizes at a time: a few milliseconds of work.
constexpr std::size_t kPortionTexts = 512;
constexpr std::size_t kPortionBytes = 256 * 1024;
// With more threads on one chunk, most of their time would be spent waiting for the ends of steps.
constexpr int kMaxTeam = 8;
static_assert(kMaxTeam <= Team::kMaxSize);

}  // namespace

struct Scheduler::Chunk {
  struct Part {
    Request* request;
    std::size_t text;
    bool truncated;
    std::shared_ptr<WindowedText> windowed;  // null for a text without windows
    std::size_t window;

    // text_logits: [labels]
    void Answer(std::span<const float> text_logits) const {
      if (!windowed) {
        (*request->answer)(text, text_logits, truncated);
      } else if (windowed->Add(window, text_logits)) {
        (*request->answer)(text, windowed->Mean(), truncated);
      }
    }
  };
  Work* work = nullptr;
  PackedBatch batch;
  std::vector<Part> parts;    // one for each text, or window, of the batch
  std::vector<float> logits;  // [texts, labels]
};

struct Scheduler::TeamRun {
  Chunk& chunk;
  int leader;
  Team team;
  std::atomic<int> running{0};  // members that came and may still access this
  std::mutex error_mutex{};
  std::exception_ptr error{};

  // Returns the first error, or null if the work is done.
  std::exception_ptr Run(int worker, int index) {
    TeamMember member(team, index);
    try {
      chunk.work->Run(chunk.batch, worker, leader, member, chunk.logits);
      return nullptr;
    } catch (const TeamBroken&) {  // another member has stored the error
      const std::lock_guard lock(error_mutex);
      return error;
    } catch (...) {
      const std::lock_guard lock(error_mutex);
      if (!error) error = std::current_exception();
      team.Break();
      return error;
    }
  }
};

Scheduler::Scheduler(int threads, std::int64_t chunk_tokens)
    : threads_(threads), chunk_tokens_(static_cast<std::size_t>(chunk_tokens)) {}

Scheduler::~Scheduler() {
  if (process_id_ != 0 && process_id_ != getpid()) {  // in a forked child: the threads are the parent's
    for (auto& worker : workers_) worker.detach();
    (void)wake_workers_.release();  // its destructor would wait for the parent's waiting threads
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

// Called before the lock is taken: a child that is forked off while another thread holds the lock must not wait for it.
void Scheduler::ClaimForThisProcess() {
  int owner = 0;
  if (process_id_.compare_exchange_strong(owner, getpid()) || owner == getpid()) return;
  throw Error(ErrorCode::kForked, "this classifier was used in process " + std::to_string(owner) +
                                      ", from which process " + std::to_string(getpid()) +
                                      " was forked off; its threads stayed there: load one of your own");
}

void Scheduler::Process(Work& work, std::span<const std::string_view> texts, const AnswerFunction& answer) {
  if (texts.empty()) return;
  ClaimForThisProcess();
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
  ClaimForThisProcess();
  const std::lock_guard lock(mutex_);
  const std::uint64_t id = request.id = ++last_id_;
  Enqueue(request);
  return id;  // not request.id: once the lock is released, the request may be destroyed
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
  if (process_id_ != getpid()) return;  // not used yet, or only by the parent process
  std::unique_lock lock(mutex_);
  request_ended_.wait(lock, [&] {
    return std::none_of(requests_.begin(), requests_.end(), [&](const Request* r) { return r->work == &work; }) &&
           std::none_of(chunks_.begin(), chunks_.end(), [&](const Chunk& c) { return c.work == &work; });
  });
}

// Allocates all the memory that WorkerLoop needs, because it has no caller that an allocation failure could be reported
// to.
void Scheduler::StartThreads() {
  if (!workers_.empty()) return;
  const auto threads = static_cast<std::size_t>(threads_);
  chunks_.resize(threads);
  for (Chunk& chunk : chunks_) chunk.parts.reserve(chunk_tokens_ + 1);  // for FillChunk: every text has a token
  invitations_.reserve(threads);
  workers_.reserve(threads);
  // The program's own threads handle signals, except those of a fault in a worker itself: Linux ends the process
  // without calling its handler, such as that of a crash reporter, if they are blocked.
  sigset_t blocked, before;
  sigfillset(&blocked);
  for (const int fault : {SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP}) sigdelset(&blocked, fault);
  pthread_sigmask(SIG_SETMASK, &blocked, &before);
  try {
    for (int i = 0; i < threads_; ++i) workers_.emplace_back([this, i] { WorkerLoop(i); });
  } catch (const std::exception& error) {  // std::system_error or std::bad_alloc
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    // Fewer threads than requested can do the same work; no thread cannot.
    if (workers_.empty()) {
      throw Error(ErrorCode::kRuntime, std::string("cannot start a worker thread: ") + error.what());
    }
  }
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

void Scheduler::WorkerLoop(int worker) {
  // The name is short enough to need no allocation.
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
      // RunChunk has already subtracted this thread from idle_.
      const auto [run, index] = invitations_.back();
      invitations_.pop_back();
      run->running.fetch_add(1, std::memory_order_relaxed);
      lock.unlock();
      run->Run(worker, index);
      run->running.fetch_sub(1, std::memory_order_release);  // the last access
      lock.lock();
    }
  }
}

bool Scheduler::HasWork() const {
  return std::any_of(requests_.begin(), requests_.end(),
                     [](const Request* r) { return r->HasUntokenized() || !r->waiting.empty(); });
}

// The request whose texts are to be tokenized next: first one of which nothing else can be done, so that the texts of
// others cannot keep it waiting; then, while fewer tokens wait than fill a chunk, any. Null if there is none.
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

// Fills the chunk with the longest texts that fit, first of the request at the front of the queue, then of the others
// for the same work. Returns false if no text waits. If memory runs out, drops the requests, leaves the chunk empty and
// returns true.
bool Scheduler::FillChunk(Chunk& chunk, std::unique_lock<std::mutex>& lock) {
  chunk.batch.Clear();
  chunk.parts.clear();
  chunk.work = nullptr;
  std::size_t tokens_left = chunk_tokens_;
  const auto now = RequestCost::Clock::now();
  try {
    for (Request* request : requests_) {
      if (chunk.work != nullptr && chunk.work != request->work) continue;
      Sequence sequence;
      while (tokens_left > 0 && request->TakeLongest(chunk.parts.empty() ? SIZE_MAX : tokens_left, sequence)) {
        chunk.parts.push_back({request, sequence.text, sequence.truncated, sequence.windowed, sequence.window});
        ++request->in_flight;
        chunk.work = request->work;
        if (request->cost.tokens == 0) request->cost.started = now;
        request->cost.tokens += sequence.length;
        tokens_left -= std::min(tokens_left, sequence.length);
        sequence.AppendTo(chunk.batch);
      }
    }
  } catch (...) {  // out of memory
    FinishRequests(chunk, std::current_exception(), lock);
    FreeChunk(chunk);
    return true;
  }
  if (chunk.parts.empty()) return false;
  // The request that was served first moves to the back of the queue.
  const auto served = std::find(requests_.begin(), requests_.end(), chunk.parts.front().request);
  std::rotate(served, served + 1, requests_.end());
  return true;
}

void Scheduler::RunChunk(Chunk& chunk, int worker, std::unique_lock<std::mutex>& lock) {
  int helpers = 0;
  if (HasWork()) {
    if (idle_ > 0) wake_workers_->notify_one();
  } else {
    helpers = std::min(idle_, max_team() - 1);
  }
  TeamRun run{chunk, worker, Team(helpers + 1)};
  idle_ -= helpers;
  for (int index = 1; index <= helpers; ++index) {
    invitations_.push_back({&run, index});
    wake_workers_->notify_one();
  }
  lock.unlock();
  std::exception_ptr error = run.Run(worker, 0);
  if (!error) {
    try {
      const std::size_t labels = chunk.logits.size() / chunk.parts.size();
      for (std::size_t i = 0; i < chunk.parts.size(); ++i) {
        chunk.parts[i].Answer(std::span(chunk.logits).subspan(i * labels, labels));
      }
    } catch (...) {
      error = std::current_exception();
    }
  }
  lock.lock();
  // Who has not come yet is not needed any more.
  idle_ += static_cast<int>(std::erase_if(invitations_, [&](const Invitation& i) { return i.run == &run; }));
  FinishRequests(chunk, error, lock);
  if (run.running.load(std::memory_order_acquire) != 0) {  // a member that the system stopped between two steps
    lock.unlock();
    while (run.running.load(std::memory_order_acquire) != 0) std::this_thread::yield();
    lock.lock();
  }
  FreeChunk(chunk);
}

void Scheduler::FinishRequests(Chunk& chunk, std::exception_ptr error, std::unique_lock<std::mutex>& lock) {
  for (const auto& part : chunk.parts) {
    --part.request->in_flight;
    if (error) part.request->Drop(error);
  }
  // Only now, because a request may have several texts in the chunk.
  for (auto& part : chunk.parts) {
    part.windowed.reset();
    FinishIfDone(part.request, lock);
  }
  chunk.parts.clear();
}

void Scheduler::FreeChunk(Chunk& chunk) {
  chunk.work = nullptr;
  request_ended_.notify_all();
}

// The lock may have been released since, and the request destroyed: looks for it in the queue before using it.
void Scheduler::FinishIfDone(Request* request, std::unique_lock<std::mutex>& lock) {
  const auto place = std::find(requests_.begin(), requests_.end(), request);
  if (place == requests_.end() || !request->Done()) return;
  requests_.erase(place);
  if (!request->finished) {
    request->done.notify_one();  // with the lock held: without it the caller could destroy the request first
    return;
  }
  lock.unlock();
  request->finished();
  lock.lock();
  request_ended_.notify_all();
}

}  // namespace valence::internal
