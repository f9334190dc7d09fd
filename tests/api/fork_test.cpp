// Classifiers in a process that was forked off.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <functional>
#include <optional>

#include "reference/committed_models.h"
#include "valence/valence.h"

namespace valence {
namespace {

// Runs `body` in a child; its result is the child's exit code. 100: it threw; 101: it hung or was killed.
int InChild(const std::function<int()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(20);
    int code = 100;
    try {
      code = body();
    } catch (...) {
    }
    _exit(code);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 101;
}

Classifier Load() { return Classifier::load(internal::ReadCommittedModel("heads6-gelu-f32").folder, {.threads = 2}); }

TEST(Fork, TheChildMayUseAClassifierThatWasNeverUsed) {
  const auto classifier = Load();
  const auto expected = Load().classify("good film").logits;
  EXPECT_EQ(InChild([&] { return classifier.classify("good film").logits == expected ? 0 : 1; }), 0);
  EXPECT_EQ(classifier.classify("good film").logits, expected);  // and so may the parent, afterwards
}

TEST(Fork, TheChildIsRefusedAClassifierThatWasUsed) {
  const auto classifier = Load();
  const auto expected = classifier.classify("good film").logits;
  EXPECT_EQ(InChild([&] {
              try {
                classifier.classify("good film");
                return 1;
              } catch (const Error& error) {
                return error.code() == ErrorCode::kForked ? 0 : 2;
              }
            }),
            0);
  EXPECT_EQ(classifier.classify("good film").logits, expected);
}

TEST(Fork, TheChildMayLoadAClassifierOfItsOwnAndDestroyTheParents) {
  std::optional<Classifier> classifier = Load();
  const auto expected = classifier->classify("good film").logits;
  EXPECT_EQ(InChild([&] {
              classifier.reset();
              return Load().classify("good film").logits == expected ? 0 : 1;
            }),
            0);
  EXPECT_EQ(classifier->classify("good film").logits, expected);
}

TEST(Fork, TheRefusalDoesNotDependOnTheNumberOfTexts) {
  const auto classifier = Load();
  classifier.classify("good film");
  EXPECT_EQ(InChild([&] { return classifier.classify(std::span<const std::string>{}).empty() ? 0 : 1; }), 0);
  EXPECT_EQ(InChild([&] {
              try {
                classifier.classify(std::vector<std::string>(300, "good"));
                return 1;
              } catch (const Error& error) {
                return error.code() == ErrorCode::kForked ? 0 : 2;
              }
            }),
            0);
}

}  // namespace
}  // namespace valence
