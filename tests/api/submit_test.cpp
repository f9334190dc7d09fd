// Submissions: the same answers as classify, without a thread that waits; threads that classifiers share.
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <optional>
#include <string>
#include <vector>

#include "valence/valence.h"

namespace valence {
namespace {

const char* const kModel = VALENCE_TEST_DATA "/models/heads6-gelu-f32";

Options TwoThreads() {
  Options options;
  options.threads = 2;
  return options;
}

std::vector<std::string> Texts(std::size_t count) {
  std::vector<std::string> texts;
  for (std::size_t i = 0; i < count; ++i) texts.push_back("text " + std::to_string(i) + std::string(i % 50, 'x'));
  return texts;
}

Outcome Wait(const Classifier& classifier, std::vector<std::string> texts) {
  std::promise<Outcome> promise;
  auto outcome = promise.get_future();
  classifier.submit(std::move(texts), [&](Outcome done) { promise.set_value(std::move(done)); });
  return outcome.get();
}

TEST(Submit, GivesTheBitsOfClassifyAndTheTextsBack) {
  const auto classifier = Classifier::load(kModel, TwoThreads());
  const auto texts = Texts(300);
  const auto expected = classifier.classify(texts);
  const Outcome outcome = Wait(classifier, texts);
  ASSERT_EQ(outcome.predictions.size(), texts.size());
  EXPECT_EQ(outcome.texts, texts);
  std::size_t tokens = 0;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    EXPECT_EQ(outcome.predictions[i].logits, expected[i].logits);
    tokens += classifier.encode(texts[i])[0].ids.size();
  }
  EXPECT_EQ(outcome.tokens, tokens);
  EXPECT_GT(outcome.computing.count(), 0);
  EXPECT_GT(outcome.tokenizing.count(), 0);
  EXPECT_FALSE(outcome.error);
}

TEST(Submit, AnswersAtOnceWhenThereIsNoText) {
  const auto classifier = Classifier::load(kModel, TwoThreads());
  EXPECT_TRUE(Wait(classifier, {}).predictions.empty());
}

TEST(Submit, AnswersManyAtATime) {
  const auto classifier = Classifier::load(kModel, TwoThreads());
  const auto expected = classifier.classify("text");
  std::atomic<int> right = 0;
  {
    std::vector<std::promise<void>> done(500);
    for (auto& one : done) {
      classifier.submit({"text"}, [&](Outcome outcome) {
        if (outcome.predictions.at(0).logits == expected.logits) ++right;
        one.set_value();
      });
    }
    for (auto& one : done) one.get_future().wait();
  }
  EXPECT_EQ(right, 500);
}

TEST(Submit, EndsSoonWhenItIsCancelled) {
  const auto classifier = Classifier::load(kModel, TwoThreads());
  std::promise<Outcome> promise;
  const auto id = classifier.submit(Texts(100'000), [&](Outcome done) { promise.set_value(std::move(done)); });
  classifier.cancel(id);
  const Outcome outcome = promise.get_future().get();
  EXPECT_TRUE(outcome.predictions.empty());
  EXPECT_LT(outcome.tokens, 100'000u);
  try {
    std::rethrow_exception(outcome.error);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kCancelled);
  }
  classifier.cancel(id);  // it has ended: nothing happens
  classifier.cancel(12345);
  EXPECT_EQ(Wait(classifier, {"text"}).predictions.size(), 1u);
}

TEST(Submit, IsAnsweredWhenTheClassifierGoes) {
  std::promise<Outcome> promise;
  {
    const auto classifier = Classifier::load(kModel, TwoThreads());
    classifier.submit(Texts(500), [&](Outcome done) { promise.set_value(std::move(done)); });
  }
  EXPECT_EQ(promise.get_future().get().predictions.size(), 500u);
}

TEST(SharedThreads, GiveTheSameBitsToClassifiersThatComeAndGo) {
  const auto alone = Classifier::load(kModel, TwoThreads());
  const auto texts = Texts(200);
  const auto expected = alone.classify(texts);
  Options options;
  options.shared_threads = std::make_shared<Threads>(3);
  std::optional<Classifier> first = Classifier::load(kModel, options);
  EXPECT_EQ(first->threads(), 3);
  std::vector<std::promise<Outcome>> done(4);
  const auto submit = [&](const Classifier& classifier, std::promise<Outcome>& promise) {
    classifier.submit(texts, [&promise](Outcome outcome) { promise.set_value(std::move(outcome)); });
  };
  submit(*first, done[0]);
  std::optional<Classifier> second = Classifier::load(kModel, options);
  submit(*second, done[1]);
  submit(*first, done[2]);
  first.reset();
  options.shared_threads.reset();
  submit(*second, done[3]);
  second.reset();
  for (auto& one : done) {
    const Outcome outcome = one.get_future().get();
    ASSERT_EQ(outcome.predictions.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) EXPECT_EQ(outcome.predictions[i].logits, expected[i].logits);
  }
}

TEST(SharedThreads, RefuseANumberOutsideTheRange) {
  EXPECT_THROW(Threads(-1), Error);
  EXPECT_THROW(Threads(100'000), Error);
  EXPECT_GE(Threads().count(), 1);
}

}  // namespace
}  // namespace valence
