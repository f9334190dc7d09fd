// Threads that the system does not start: fewer do the same work with the same bits, none is an error, and the next
// call works.
#include <dlfcn.h>
#include <gtest/gtest.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <vector>

#include "reference/committed_models.h"
#include "valence/valence.h"

namespace {

std::atomic<int> threads_allowed{1 << 20};

// As many threads start as it says, while it lives.
class ThreadLimit {
 public:
  explicit ThreadLimit(int threads) { threads_allowed = threads; }
  ~ThreadLimit() { threads_allowed = 1 << 20; }
  ThreadLimit(const ThreadLimit&) = delete;
  ThreadLimit& operator=(const ThreadLimit&) = delete;
};

}  // namespace

// Called by std::thread in place of the C library's.
extern "C" int pthread_create(pthread_t* thread, const pthread_attr_t* attributes, void* (*run)(void*),
                              void* argument) {
  using Create = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);
  static const auto create = reinterpret_cast<Create>(dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_allowed.fetch_sub(1) <= 0) return EAGAIN;
  return create(thread, attributes, run, argument);
}

namespace valence {
namespace {

Classifier Load() { return Classifier::load(internal::ReadCommittedModel("heads12-gelu-bf16").folder, {.threads = 3}); }

std::vector<std::vector<float>> Answers(const Classifier& classifier) {
  std::vector<std::string> texts;
  for (int i = 0; i < 40; ++i) texts.push_back("film " + std::to_string(i) + " is good");
  std::vector<std::vector<float>> logits;
  for (const Prediction& prediction : classifier.classify(texts)) logits.push_back(prediction.logits);
  return logits;
}

// Calls it; expects an Error kRuntime whose message begins with these words and says why.
template <class Call>
void ExpectRefused(const std::string& words, Call call) {
  try {
    call();
    ADD_FAILURE() << "expected an error: " << words;
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kRuntime);
    EXPECT_EQ(std::string(error.what()).find(words), 0U) << error.what();
    EXPECT_NE(std::string(error.what()).find("Resource temporarily unavailable"), std::string::npos) << error.what();
  }
}

TEST(FailingThreads, FewerThanAskedForGiveTheSameBits) {
  const auto expected = Answers(Load());
  for (const int threads : {1, 2}) {
    const ThreadLimit while_loading(threads);
    const Classifier classifier = Load();
    const ThreadLimit while_classifying(threads);
    EXPECT_EQ(Answers(classifier), expected) << threads << " threads";
    EXPECT_EQ(Answers(classifier), expected) << threads << " threads, again";
  }
}

TEST(FailingThreads, NoneWhileLoadingIsReportedAndTheNextLoadWorks) {
  {
    const ThreadLimit limit(0);
    ExpectRefused("cannot start a thread: ", Load);
  }
  EXPECT_EQ(Answers(Load()).size(), 40U);
}

TEST(FailingThreads, NoneInTheFirstCallIsReportedAndTheNextCallWorks) {
  const Classifier classifier = Load();
  {
    const ThreadLimit limit(0);
    ExpectRefused("cannot start a worker thread: ", [&] { Answers(classifier); });
    ExpectRefused("cannot start a worker thread: ", [&] { classifier.submit({"a"}, [](const Outcome&) {}); });
  }
  EXPECT_EQ(Answers(classifier), Answers(Load()));
}

}  // namespace
}  // namespace valence
