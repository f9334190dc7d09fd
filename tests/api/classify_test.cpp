// The classify overloads and what they answer for odd texts.
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <fstream>
#include <numeric>
#include <type_traits>
#include <utility>

#include "reference/committed_models.h"
#include "reference/random_model.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::CommittedModel;
using internal::ReadCommittedModel;
using internal::TemporaryFolder;

static_assert(!std::is_copy_constructible_v<Classifier> && !std::is_copy_assignable_v<Classifier>);
static_assert(std::is_nothrow_move_constructible_v<Classifier> && std::is_nothrow_move_assignable_v<Classifier>);

Classifier LoadSmall(const Options& options = {.threads = 2}) {
  return Classifier::load(ReadCommittedModel("heads6-gelu-f32").folder, options);
}

void ExpectSame(const Prediction& a, const Prediction& b) {
  EXPECT_EQ(a.label_id, b.label_id);
  EXPECT_EQ(a.label, b.label);
  EXPECT_EQ(a.score, b.score);
  EXPECT_EQ(a.scores, b.scores);
  EXPECT_EQ(a.logits, b.logits);
  EXPECT_EQ(a.truncated, b.truncated);
}

TEST(Classify, AllFourOverloadsGiveTheSameAnswersInTheOrderOfTheTexts) {
  const auto classifier = LoadSmall();
  const std::array<std::string_view, 3> views = {"a great film", "awful", "it was not good, was it?"};
  const std::vector<std::string> strings(views.begin(), views.end());
  const auto by_views = classifier.classify(views);
  const auto by_strings = classifier.classify(strings);
  const auto by_list = classifier.classify({"a great film", "awful", "it was not good, was it?"});
  ASSERT_EQ(by_views.size(), 3u);
  ASSERT_EQ(by_strings.size(), 3u);
  ASSERT_EQ(by_list.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    const Prediction alone = classifier.classify(views[i]);
    ExpectSame(by_views[i], alone);
    ExpectSame(by_strings[i], alone);
    ExpectSame(by_list[i], alone);
  }
  EXPECT_NE(by_views[0].logits, by_views[1].logits);
  EXPECT_NE(by_views[1].logits, by_views[2].logits);
}

TEST(Classify, TwoLiteralsInBracesAreTwoTexts) { EXPECT_EQ(LoadSmall().classify({"good", "bad"}).size(), 2u); }

TEST(Classify, NoTextsGiveNoAnswers) {
  const auto classifier = LoadSmall();
  EXPECT_TRUE(classifier.classify(std::span<const std::string_view>{}).empty());
  EXPECT_TRUE(classifier.classify(std::span<const std::string>{}).empty());
  EXPECT_TRUE(classifier.classify(std::initializer_list<std::string_view>{}).empty());
}

TEST(Classify, EmptyAndBlankTextsAreAnsweredAlike) {
  const auto classifier = LoadSmall();
  const Prediction empty = classifier.classify("");
  ASSERT_EQ(empty.logits.size(), 2u);
  for (const char* blank : {" ", "\t\r\n", "\xC2\xA0\xE3\x80\x80", "\x01\x02"}) {
    ExpectSame(classifier.classify(blank), empty);
  }
  ExpectSame(classifier.classify(std::string_view()), empty);
}

TEST(Classify, ATextOfTenMegabytesIsCutToTheLimit) {
  const auto classifier = LoadSmall();
  std::string text;
  while (text.size() < 10'000'000) text += "it was a great film and ";
  const Prediction prediction = classifier.classify(text);
  EXPECT_TRUE(prediction.truncated);
  ExpectSame(prediction, classifier.classify(std::string_view(text).substr(0, 2000)));
}

TEST(Classify, OneWordOfTenMegabytesIsOneUnknownToken) {
  const auto classifier = LoadSmall();
  const Prediction prediction = classifier.classify(std::string(10'000'000, 'a'));
  EXPECT_FALSE(prediction.truncated);
  ExpectSame(prediction, classifier.classify("[UNK]"));
}

TEST(Classify, InvalidUtf8CountsAsCharactersThatAreDropped) {
  const auto classifier = LoadSmall();
  ExpectSame(classifier.classify("go\xFF\xC3od \xE2\x82 film\xED\xA0\x80"), classifier.classify("good film"));
  ExpectSame(classifier.classify("\xF8\x88"), classifier.classify(""));
}

TEST(Classify, ATextMayHoldNulCharacters) {
  const auto classifier = LoadSmall();
  ExpectSame(classifier.classify(std::string_view("good\0 film", 10)), classifier.classify("good film"));
}

TEST(Classify, ScoresAreTheSoftmaxOfTheLogits) {
  for (const Prediction& prediction : LoadSmall().classify({"good", "awful room", ""})) {
    double sum = 0;
    for (const float logit : prediction.logits) sum += std::exp(double{logit});
    for (std::size_t i = 0; i < prediction.scores.size(); ++i) {
      EXPECT_NEAR(prediction.scores[i], std::exp(double{prediction.logits[i]}) / sum, 1e-6);
    }
    EXPECT_EQ(prediction.score, prediction.scores[prediction.label_id]);
    EXPECT_EQ(prediction.label, prediction.label_id == 0 ? "NEGATIVE" : "POSITIVE");
    for (const float score : prediction.scores) EXPECT_LE(score, prediction.score);
  }
}

TEST(Classify, ScoresOfAMultiLabelModelAreTheSigmoidOfEachLogit) {
  const CommittedModel model = ReadCommittedModel("heads2-multi-label-f16");
  for (const Prediction& prediction : Classifier::load(model.folder).classify(model.Texts())) {
    ASSERT_EQ(prediction.scores.size(), 5u);
    for (std::size_t i = 0; i < 5; ++i) {
      EXPECT_NEAR(prediction.scores[i], 1 / (1 + std::exp(-double{prediction.logits[i]})), 1e-6);
    }
  }
}

TEST(Classify, AModelWithOneLabelScoresItByTheSigmoid) {
  const CommittedModel model = ReadCommittedModel("heads1-relu-one-label");
  const Prediction prediction = Classifier::load(model.folder).classify("good");
  EXPECT_EQ(prediction.label, "intensity");
  ASSERT_EQ(prediction.scores.size(), 1u);
  EXPECT_NEAR(prediction.score, 1 / (1 + std::exp(-double{prediction.logits[0]})), 1e-6);
}

TEST(Classifier, LabelsComeFromTheConfig) {
  const auto labels_of = [](const char* model) {
    const auto classifier = Classifier::load(ReadCommittedModel(model).folder);
    return std::vector<std::string>(classifier.labels().begin(), classifier.labels().end());
  };
  EXPECT_EQ(labels_of("heads6-gelu-f32"), (std::vector<std::string>{"NEGATIVE", "POSITIVE"}));
  EXPECT_EQ(labels_of("heads12-gelu-bf16"), (std::vector<std::string>{"neg", "neutral", "pos"}));
  EXPECT_EQ(labels_of("heads2-twelve-layers-bf16"), (std::vector<std::string>{"LABEL_0", "LABEL_1"}));
}

TEST(Classifier, MovesWithoutChangingItsAnswers) {
  auto first = LoadSmall();
  const Prediction before = first.classify("good");
  Classifier second = std::move(first);
  ExpectSame(second.classify("good"), before);
  Classifier third = LoadSmall();
  third = std::move(second);
  ExpectSame(third.classify("good"), before);
  EXPECT_EQ(third.labels().size(), 2u);
}

TEST(Classifier, NeedsNothingOfItsFolderOnceLoaded) {
  TemporaryFolder folder;
  const auto source = ReadCommittedModel("heads6-gelu-f32").folder;
  std::filesystem::copy(source, folder.path() / "model");
  const auto weights = folder.path() / "model" / "model.safetensors";
  const auto classifier = Classifier::load(folder.path() / "model");
  const auto size = static_cast<std::streamsize>(std::filesystem::file_size(weights));
  std::ofstream(weights, std::ios::in | std::ios::out) << std::string(static_cast<std::size_t>(size), '\xFF');
  ExpectSame(classifier.classify("good"), LoadSmall({.threads = 1}).classify("good"));
  std::filesystem::resize_file(weights, 0);
  ExpectSame(classifier.classify("good"), LoadSmall({.threads = 1}).classify("good"));
  folder.Remove();
  ExpectSame(classifier.classify("good"), LoadSmall({.threads = 1}).classify("good"));
}

TEST(Prediction, OutlivesItsClassifier) {
  Prediction prediction;
  {
    const auto classifier = LoadSmall();
    prediction = classifier.classify("good");
  }
  EXPECT_TRUE(prediction.label == "NEGATIVE" || prediction.label == "POSITIVE");
  EXPECT_NEAR(std::accumulate(prediction.scores.begin(), prediction.scores.end(), 0.0), 1.0, 1e-6);
}

}  // namespace
}  // namespace valence
