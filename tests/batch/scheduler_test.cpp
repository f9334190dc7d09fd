// The scheduler with work that can be watched, stopped and made to fail.
#include "batch/scheduler.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <csignal>
#include <ctime>
#include <filesystem>
#include <mutex>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>

#include "valence/error.h"

namespace valence::internal {
namespace {

using namespace std::chrono_literals;

// A text "N..." becomes N ids; its logit is N and the sum of its positions.
class FakeWork final : public Work {
 public:
  bool Tokenize(std::string_view text, std::vector<std::int32_t>& ids) override {
    if (text == "bad text") throw std::runtime_error("tokenize failed");
    const int length = std::stoi(std::string(text));
    for (int i = 0; i < length; ++i) ids.push_back(length);
    return length % 2 == 1;
  }

  void Run(const PackedBatch& chunk, int worker, int leader, TeamMember& member, std::vector<float>& logits) override {
    const int now = ++running_;
    int most = most_running.load();
    while (now > most && !most_running.compare_exchange_weak(most, now)) {
    }
    {
      const std::lock_guard lock(mutex_);
      workers_.insert(worker);
      largest_team_ = std::max(largest_team_, member.size());
      if (worker == leader) chunk_tokens.push_back(chunk.tokens());
    }
    std::this_thread::sleep_for(delay);
    member.Step([&](const Share& share) {
      if (fail_share >= 0 && share.index == fail_share % share.size) throw std::runtime_error("run failed");
      if (!share.is_first()) return;
      logits.clear();
      for (std::size_t i = 0; i + 1 < chunk.offsets.size(); ++i) {
        float sum = 0;
        for (auto t = chunk.offsets[i]; t < chunk.offsets[i + 1]; ++t) {
          EXPECT_EQ(chunk.ids[static_cast<std::size_t>(t)], chunk.offsets[i + 1] - chunk.offsets[i]);
          sum += static_cast<float>(chunk.positions[static_cast<std::size_t>(t)]);
        }
        logits.push_back(static_cast<float>(chunk.offsets[i + 1] - chunk.offsets[i]));
        logits.push_back(sum);
      }
    });
    --running_;
  }

  std::size_t chunks() {
    const std::lock_guard lock(mutex_);
    return chunk_tokens.size();
  }

  // A member may still run when the answer is there.
  int largest_team() {
    const std::lock_guard lock(mutex_);
    return largest_team_;
  }
  std::size_t workers() {
    const std::lock_guard lock(mutex_);
    return workers_.size();
  }

  std::chrono::microseconds delay{0};
  int fail_share = -1;
  std::atomic<int> most_running{0};
  std::vector<std::int64_t> chunk_tokens;

 private:
  std::mutex mutex_;
  std::atomic<int> running_{0};
  std::set<int> workers_;
  int largest_team_ = 0;
};

// A text "N" becomes N ids; its logit is the number of ids that came together.
class LongWork final : public Work {
 public:
  WindowRule window_rule() const override { return {12, 10}; }

  bool Tokenize(std::string_view text, std::vector<std::int32_t>& ids) override {
    ids.resize(ids.size() + static_cast<std::size_t>(std::stoi(std::string(text))));
    return false;
  }

  void Run(const PackedBatch& chunk, int, int, TeamMember& member, std::vector<float>& logits) override {
    member.Step([&](const Share& share) {
      if (!share.is_first()) return;
      if (fail_after-- == 0) throw std::runtime_error("run failed");
      logits.clear();
      for (std::size_t i = 1; i < chunk.offsets.size(); ++i) {
        logits.push_back(static_cast<float>(chunk.offsets[i] - chunk.offsets[i - 1]));
      }
    });
  }

  std::atomic<int> fail_after{-1};
};

// Sends the texts and checks every answer.
void ExpectAnswered(Scheduler& scheduler, Work& work, const std::vector<std::string>& texts) {
  const std::vector<std::string_view> views(texts.begin(), texts.end());
  std::vector<int> answers(texts.size());
  scheduler.Process(work, views, [&](std::size_t text, std::span<const float> logits, bool truncated) {
    const int length = std::stoi(texts[text]);
    EXPECT_EQ(logits.size(), 2u);
    EXPECT_EQ(logits[0], static_cast<float>(length));
    EXPECT_EQ(logits[1], static_cast<float>(length * (length - 1) / 2));
    EXPECT_EQ(truncated, length % 2 == 1);
    ++answers[text];
  });
  for (const int count : answers) EXPECT_EQ(count, 1);
}

std::vector<std::string> Lengths(std::size_t count, int largest) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) {
    texts.push_back(std::to_string(2 + static_cast<int>(i * 7919 % static_cast<std::size_t>(largest - 1))));
  }
  return texts;
}

TEST(Scheduler, AnswersEveryTextOnceWhateverTheThreadCount) {
  for (const int threads : {1, 2, 3, 7}) {
    FakeWork work;
    Scheduler scheduler(threads, 64);
    for (const std::size_t count : {1u, 2u, 3u, 100u, 5000u}) ExpectAnswered(scheduler, work, Lengths(count, 50));
  }
}

TEST(Scheduler, FillsChunksToTheLastTokenAndGivesALongTextOneOfItsOwn) {
  FakeWork work;
  Scheduler scheduler(1, 64);
  auto texts = Lengths(400, 30);
  texts.push_back("200");
  ExpectAnswered(scheduler, work, texts);
  std::int64_t total = 0;
  for (const auto tokens : work.chunk_tokens) {
    total += tokens;
    EXPECT_TRUE(tokens <= 64 || tokens == 200) << tokens;
  }
  // All but the long text in hardly more chunks than the tokens need.
  EXPECT_LE(static_cast<double>(work.chunk_tokens.size() - 1), 1.02 * static_cast<double>(total - 200) / 64 + 1);
}

TEST(Scheduler, PutsAllIdleWorkersOnASingleChunkAndSpreadsSeveral) {
  FakeWork work;
  work.delay = 2ms;
  Scheduler scheduler(3, 64);
  ExpectAnswered(scheduler, work, {"2"});  // starts the threads, which may still be on their way to sleep
  std::this_thread::sleep_for(50ms);
  ExpectAnswered(scheduler, work, {"10"});
  EXPECT_EQ(work.largest_team(), 3);
  ExpectAnswered(scheduler, work, Lengths(300, 30));
  EXPECT_EQ(work.workers(), 3u);
}

TEST(Scheduler, NeverRunsMoreThanItsThreadsForManyCallers) {
  FakeWork work;
  work.delay = 200us;
  Scheduler scheduler(2, 64);
  {
    std::vector<std::jthread> callers;
    for (int c = 0; c < 8; ++c) {
      callers.emplace_back([&scheduler, &work, c] {
        for (int i = 0; i < 50; ++i) ExpectAnswered(scheduler, work, {std::to_string(2 + (i + c) % 40)});
      });
    }
  }
  EXPECT_LE(work.most_running.load(), 2);
  EXPECT_LT(work.chunk_tokens.size(), 400u) << "texts of different callers never shared a chunk";
}

TEST(Scheduler, LetsASmallRequestPassALargeOne) {
  FakeWork work;
  work.delay = 1ms;
  Scheduler scheduler(2, 64);
  std::atomic<bool> large_done = false;
  std::jthread large([&] {
    ExpectAnswered(scheduler, work, Lengths(4000, 30));  // about 500 chunks of 1 ms on each thread
    large_done = true;
  });
  std::this_thread::sleep_for(30ms);
  ExpectAnswered(scheduler, work, {"5"});
  EXPECT_FALSE(large_done);
}

// However many tokens wait of other requests, a new one is tokenised at once: it waits for a chunk, not for a portion.
TEST(Scheduler, LetsOneTextPassAsSoonAsAChunkEnds) {
  FakeWork work;
  work.delay = 2ms;
  Scheduler scheduler(1, 64);
  std::jthread large([&] { ExpectAnswered(scheduler, work, Lengths(2000, 60)); });  // a portion: about 250 chunks
  std::this_thread::sleep_for(30ms);
  const std::size_t before = work.chunks();
  ExpectAnswered(scheduler, work, {"5"});
  EXPECT_LE(work.chunks() - before, 4u);
}

// Classifiers that share the threads: texts for one are never in a chunk of the other.
TEST(Scheduler, KeepsTheChunksOfTwoWorksApart) {
  FakeWork first;
  LongWork second;
  Scheduler scheduler(2, 64);
  std::jthread other([&] {
    for (int i = 0; i < 50; ++i) {
      const std::vector<std::string_view> texts = {"5", "11"};
      scheduler.Process(second, texts, [&](std::size_t text, std::span<const float> logits, bool) {
        EXPECT_EQ(logits.size(), 1u);
        EXPECT_EQ(logits[0], text == 0 ? 5.0F : 11.0F);
      });
    }
  });
  for (int i = 0; i < 50; ++i) ExpectAnswered(scheduler, first, {"4", "7"});
  other.join();
  scheduler.WaitFor(first);
}

// A text of more ids than the limit goes in windows, all as long as the limit.
TEST(Scheduler, AnswersALongTextOnceWithTheMeanOfItsWindows) {
  for (const int threads : {1, 3}) {
    LongWork work;
    Scheduler scheduler(threads, 64);
    std::vector<std::string> texts = {"5", "12", "13", "22", "23", "5000", "40"};
    for (int i = 0; i < 200; ++i) texts.push_back(std::to_string(3 + i % 50));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<int> answers(texts.size());
    scheduler.Process(work, views, [&](std::size_t text, std::span<const float> logits, bool) {
      EXPECT_EQ(logits[0], static_cast<float>(std::min(12, std::stoi(texts[text])))) << texts[text];
      ++answers[text];
    });
    for (const int count : answers) EXPECT_EQ(count, 1);
  }
}

TEST(Scheduler, RethrowsWhatOneWindowThrewAndWorksAfterwards) {
  LongWork work;
  Scheduler scheduler(2, 64);
  work.fail_after = 3;
  const std::vector<std::string_view> texts = {"5000"};
  EXPECT_THROW(scheduler.Process(work, texts, [](auto...) { ADD_FAILURE() << "answered"; }), std::runtime_error);
  int answers = 0;
  scheduler.Process(work, texts, [&](auto...) { ++answers; });
  EXPECT_EQ(answers, 1);
}

TEST(Scheduler, RethrowsWhatTokenizingThrewAndWorksAfterwards) {
  FakeWork work;
  Scheduler scheduler(2, 64);
  const std::vector<std::string_view> texts = {"5", "bad text", "7"};
  EXPECT_THROW(scheduler.Process(work, texts, [](auto...) {}), std::runtime_error);
  ExpectAnswered(scheduler, work, Lengths(100, 30));
}

TEST(Scheduler, RethrowsWhatAnyMemberOfATeamThrewAndWorksAfterwards) {
  for (const int member : {0, 1, 2}) {
    FakeWork work;
    work.delay = 1ms;
    Scheduler scheduler(3, 64);
    ExpectAnswered(scheduler, work, {"4"});
    std::this_thread::sleep_for(20ms);
    work.fail_share = member;
    const std::vector<std::string_view> texts = {"5"};
    EXPECT_THROW(scheduler.Process(work, texts, [](auto...) {}), std::runtime_error) << member;
    work.fail_share = -1;
    ExpectAnswered(scheduler, work, Lengths(100, 30));
  }
}

// Such as one that the system does not let run.
TEST(Scheduler, AnswersWithoutAMemberThatHasNotBegunAnything) {
  class LateWork final : public Work {
   public:
    bool Tokenize(std::string_view, std::vector<std::int32_t>& ids) override {
      ids.push_back(1);
      return false;
    }
    void Run(const PackedBatch&, int worker, int leader, TeamMember& member, std::vector<float>& logits) override {
      if (worker == leader) {
        if (member.size() == 2) came.wait(false);
      } else {
        came = true;
        came.notify_one();
        answered.wait(false);
      }
      member.Step([&](const Share& share) {
        if (share.is_first()) logits = {1.0f};
      });
      ++finished;
    }
    std::atomic<bool> came{false}, answered{false};
    std::atomic<int> finished{0};
  };
  LateWork work;
  int answers = 0;
  {
    Scheduler scheduler(2, 32);
    while (!work.came) {  // the second worker is not invited before it sleeps
      const int before = answers;
      scheduler.Process(work, std::vector<std::string_view>{"text"}, [&](auto...) { ++answers; });
      EXPECT_EQ(answers, before + 1);
    }
    EXPECT_EQ(work.finished, answers);
    work.answered = true;
    work.answered.notify_one();
  }
  EXPECT_EQ(work.finished, answers + 1);
}

TEST(Scheduler, RethrowsWhatTheAnswerFunctionThrew) {
  FakeWork work;
  Scheduler scheduler(2, 64);
  const std::vector<std::string_view> texts = {"5", "6"};
  EXPECT_THROW(scheduler.Process(work, texts, [](auto...) { throw std::bad_alloc(); }), std::bad_alloc);
  ExpectAnswered(scheduler, work, Lengths(10, 30));
}

TEST(Scheduler, StartsNoThreadBeforeTheFirstUseAndTakesAnEmptyRequest) {
  FakeWork work;
  Scheduler scheduler(4, 64);
  const auto threads = [] {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"), std::filesystem::directory_iterator());
  };
  std::thread([] {}).join();  // the program's first one brings a thread of thread sanitizer's own
  const auto before = threads();
  scheduler.Process(work, {}, [](auto...) {});
  EXPECT_EQ(threads(), before);
  ExpectAnswered(scheduler, work, {"3"});
  EXPECT_EQ(threads(), before + 4);
}

// A fault whose signal is blocked ends the process without its handler.
TEST(Scheduler, WorkersBlockAllSignalsButThoseOfTheirOwnFaults) {
  class MaskWork final : public Work {
   public:
    bool Tokenize(std::string_view, std::vector<std::int32_t>& ids) override {
      pthread_sigmask(SIG_BLOCK, nullptr, &mask);
      ids.push_back(1);
      return false;
    }
    void Run(const PackedBatch&, int, int, TeamMember& member, std::vector<float>& logits) override {
      member.Step([&](const Share&) { logits = {1.0f}; });
    }
    sigset_t mask;
  };
  MaskWork work;
  Scheduler scheduler(1, 32);
  scheduler.Process(work, std::vector<std::string_view>{"text"}, [](std::size_t, std::span<const float>, bool) {});
  for (const int fault : {SIGBUS, SIGFPE, SIGILL, SIGSEGV, SIGSYS, SIGTRAP}) {
    EXPECT_EQ(sigismember(&work.mask, fault), 0) << fault;
  }
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD, SIGALRM, SIGUSR1, SIGWINCH}) {
    EXPECT_EQ(sigismember(&work.mask, signal), 1) << signal;
  }
}

TEST(Scheduler, UsesNoCpuWhenIdle) {
  FakeWork work;
  Scheduler scheduler(4, 64);
  ExpectAnswered(scheduler, work, Lengths(100, 30));
  std::this_thread::sleep_for(20ms);
  const std::clock_t before = std::clock();
  std::this_thread::sleep_for(300ms);
  EXPECT_LT(static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC, 0.01);
}

TEST(Scheduler, AChildForkedDuringTheFirstRequestNeverWaitsForTheParentsLock) {
  for (int delay = 0; delay < 40; ++delay) {
    FakeWork work;
    Scheduler scheduler(64, 1 << 16);  // much to allocate while the lock is held
    const std::string_view text = "3";
    const AnswerFunction ignore = [](std::size_t, std::span<const float>, bool) {};
    std::atomic<bool> begins = false;
    std::thread user([&] {
      begins = true;
      scheduler.Process(work, {&text, 1}, ignore);
    });
    while (!begins) std::this_thread::yield();
    std::this_thread::sleep_for(std::chrono::microseconds(5 * delay));
    const pid_t child = fork();
    if (child == 0) {
      alarm(20);
      try {
        scheduler.Process(work, {&text, 1}, ignore);
        _exit(0);
      } catch (const Error& error) {
        _exit(error.code() == ErrorCode::kForked ? 0 : 1);
      }
    }
    int status = 0;
    waitpid(child, &status, 0);
    user.join();
    ASSERT_EQ(status, 0) << "forked after about " << 5 * delay << " microseconds";
  }
}

}  // namespace
}  // namespace valence::internal
