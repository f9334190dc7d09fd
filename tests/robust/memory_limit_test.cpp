// Limits on the address space, as by `ulimit -v`: loading and classifying work or report that memory is out, and the
// classifier answers with the same bits once there is enough.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <new>
#include <optional>

#include "robust/limited_memory.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::LimitedMemory;

enum Outcome { kWorked, kRefused, kOtherAnswer, kOtherException, kDied };

const std::vector<std::string>& Texts() {
  static const std::vector<std::string> texts(40, "A gorgeous, witty, seductive movie, and not a dull one.");
  return texts;
}

std::vector<float> Answer(const Classifier& classifier) { return classifier.classify(Texts()).back().logits; }

// Loads and classifies with `more` bytes, then without a limit: in a process of its own, so that no limit profits from
// memory that was freed under an earlier one.
Outcome Try(std::size_t more, bool limit_load, const std::vector<float>& expected) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(100);
    Outcome outcome = kWorked;
    const Options options{.threads = 2};
    try {
      std::optional<Classifier> classifier;
      if (!limit_load) classifier.emplace(Classifier::load(VALENCE_DEFAULT_MODEL, options));
      try {
        const LimitedMemory limit(more);
        if (!classifier) classifier.emplace(Classifier::load(VALENCE_DEFAULT_MODEL, options));
        if (Answer(*classifier) != expected) outcome = kOtherAnswer;
      } catch (const std::bad_alloc&) {
        outcome = kRefused;
      } catch (const Error&) {
        outcome = kRefused;
      }
      if (!classifier) classifier.emplace(Classifier::load(VALENCE_DEFAULT_MODEL, options));
      if (Answer(*classifier) != expected) outcome = kOtherAnswer;
    } catch (...) {
      outcome = kOtherException;
    }
    _exit(outcome);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) && WEXITSTATUS(status) < kDied ? static_cast<Outcome>(WEXITSTATUS(status)) : kDied;
}

class MemoryLimit : public testing::TestWithParam<bool> {};

TEST_P(MemoryLimit, IsReportedAndTheClassifierWorksAfterwards) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory has no room in any limit";
#endif
  const bool limit_load = GetParam();
  const std::vector<float> expected = [] {  // of a child too: this process starts no thread
    int ends[2];
    EXPECT_EQ(pipe(ends), 0);
    if (fork() == 0) {
      const auto logits = Answer(Classifier::load(VALENCE_DEFAULT_MODEL, {.threads = 2}));
      _exit(write(ends[1], logits.data(), 2 * sizeof(float)) > 0 ? 0 : 1);
    }
    std::vector<float> logits(2);
    EXPECT_EQ(read(ends[0], logits.data(), 2 * sizeof(float)), 8);
    wait(nullptr);
    return logits;
  }();
  int worked = 0, refused = 0;
  // From nothing to plenty.
  for (std::size_t more = 0; more <= 512; more = more < 16 ? more + 1 : more + more / 8) {
    const Outcome outcome = Try(more << 20, limit_load, expected);
    EXPECT_TRUE(outcome == kWorked || outcome == kRefused) << "outcome " << outcome << " with " << more << " MB";
    ++(outcome == kWorked ? worked : refused);
  }
  std::printf("%d limits: %d worked, %d refused\n", worked + refused, worked, refused);
  EXPECT_GT(worked, 0);
  EXPECT_GT(refused, 0);
}

INSTANTIATE_TEST_SUITE_P(WhileLoadingAndClassifying, MemoryLimit, testing::Values(true, false));

}  // namespace
}  // namespace valence
