// One classifier called by many threads while others are loaded and destroyed.
#include <gtest/gtest.h>

#include <atomic>
#include <exception>
#include <functional>
#include <thread>

#include "reference/committed_models.h"
#include "valence/valence.h"

namespace valence {
namespace {

constexpr int kThreads = 8;

const internal::CommittedModel& Model() {
  static const auto model = internal::ReadCommittedModel("heads12-gelu-bf16");
  return model;
}

Classifier Load(int threads) { return Classifier::load(Model().folder, {.threads = threads}); }

// Runs `body(0)` to `body(count - 1)` at once and rethrows what one of them threw.
void AtOnce(int count, const std::function<void(int)>& body) {
  std::vector<std::exception_ptr> errors(static_cast<std::size_t>(count));
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      try {
        body(i);
      } catch (...) {
        errors[static_cast<std::size_t>(i)] = std::current_exception();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& error : errors) {
    if (error) std::rethrow_exception(error);
  }
}

std::vector<std::vector<float>> Logits(const std::vector<Prediction>& predictions) {
  std::vector<std::vector<float>> logits;
  for (const Prediction& prediction : predictions) logits.push_back(prediction.logits);
  return logits;
}

TEST(Threads, EightOnOneClassifierGetTheAnswersOfOne) {
  const auto texts = Model().Texts();
  for (const int workers : {1, 2, 3}) {
    const auto classifier = Load(workers);
    const auto expected = Logits(Load(1).classify(texts));
    std::atomic<int> different{0};
    AtOnce(kThreads, [&](int thread) {
      for (int round = 0; round < 12; ++round) {
        if ((thread + round) % 2 == 0) {
          different += Logits(classifier.classify(texts)) != expected;
        } else {
          const auto i = static_cast<std::size_t>(thread * 5 + round) % texts.size();
          different += classifier.classify(texts[i]).logits != expected[i];
        }
      }
    });
    EXPECT_EQ(different, 0);
  }
}

TEST(Threads, MayMakeTheFirstCallAllAtOnce) {
  const auto expected = Load(1).classify("good film").logits;
  for (int round = 0; round < 20; ++round) {
    const auto classifier = Load(2);
    std::atomic<int> different{0};
    AtOnce(kThreads, [&](int) { different += classifier.classify("good film").logits != expected; });
    EXPECT_EQ(different, 0);
  }
}

TEST(Threads, EightAnswerWhileOthersLoadMoveAndDestroyClassifiers) {
  const auto texts = Model().Texts();
  const auto shared = Load(2);
  const auto expected = Logits(shared.classify(texts));
  std::atomic<bool> stop{false};
  std::atomic<int> different{0}, answered{0};
  std::vector<std::thread> answering;
  for (int i = 0; i < kThreads; ++i) {
    answering.emplace_back([&] {
      while (!stop) {
        different += Logits(shared.classify(texts)) != expected;
        ++answered;
      }
    });
  }
  try {
    AtOnce(4, [&](int thread) {
      for (int round = 0; round < 9; ++round) {
        Classifier own = Load(1 + (thread + round) % 3);
        if (round % 3 == 0) continue;  // destroyed before its first use
        Classifier moved = std::move(own);
        different += Logits(moved.classify(texts)) != expected;
        own = Load(1);
        different += own.classify(texts[3]).logits != expected[3];
      }
    });
  } catch (const std::exception& error) {
    ADD_FAILURE() << error.what();
  }
  stop = true;
  for (std::thread& thread : answering) thread.join();
  EXPECT_EQ(different, 0);
  EXPECT_GE(answered, kThreads);
}

// A long call must not delay a short one: workers alternate between calls.
TEST(Threads, AShortCallIsAnsweredWhileALongOneRuns) {
  const auto classifier = Load(1);
  const std::vector<std::string> many(30'000, "it was a great film and not a dull one");
  std::atomic<bool> long_call_done{false};
  std::thread long_call([&] {
    classifier.classify(many);
    long_call_done = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  const bool overlapped = !long_call_done;
  classifier.classify("good");
  const bool answered_first = !long_call_done;
  long_call.join();
  EXPECT_TRUE(!overlapped || answered_first);
}

}  // namespace
}  // namespace valence
