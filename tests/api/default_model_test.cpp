// The default model: two sentences, and the labels that transformers gives in f32 on SST-2 dev.
#include <gtest/gtest.h>

#include "ops/implementation.h"
#include "reference/sst2_dev.h"
#include "valence/valence.h"

namespace valence {
namespace {

std::vector<Precision> Precisions() {
  return internal::HasNativeBf16() ? std::vector{Precision::kF32, Precision::kBf16} : std::vector{Precision::kF32};
}

TEST(DefaultModel, LikesAGorgeousWittySeductiveMovie) {
  for (const Precision precision : Precisions()) {
    const auto classifier = Classifier::load(VALENCE_DEFAULT_MODEL, {.precision = precision});
    const Prediction prediction = classifier.classify("A gorgeous, witty, seductive movie.");
    EXPECT_EQ(prediction.label, "POSITIVE");
    EXPECT_GT(prediction.score, 0.9f);
  }
}

TEST(DefaultModel, DislikesAPhoneThatDied) {
  for (const Precision precision : Precisions()) {
    const auto classifier = Classifier::load(VALENCE_DEFAULT_MODEL, {.precision = precision});
    EXPECT_EQ(classifier.classify("The phone died after two days and support never answered.").label, "NEGATIVE");
  }
}

TEST(DefaultModel, IsLoadedWhereNoFolderIsNamed) {
  const auto named = Classifier::load(VALENCE_DEFAULT_MODEL), unnamed = Classifier::load();
  EXPECT_EQ(unnamed.classify("good film").logits, named.classify("good film").logits);
}

TEST(DefaultModel, GivesTheLabelsOfTransformersOnSst2Dev) {
  const internal::Sst2Dev dev = internal::ReadSst2Dev();
  ASSERT_EQ(dev.texts.size(), 872u);
  ASSERT_EQ(dev.logits.size(), 872u);
  for (const Precision precision : Precisions()) {
    const auto classifier = Classifier::load(VALENCE_DEFAULT_MODEL, {.precision = precision});
    const auto predictions = classifier.classify(dev.texts);
    int same = 0, right = 0;
    for (std::size_t i = 0; i < 872; ++i) {
      same += predictions[i].label_id == (dev.logits[i][1] > dev.logits[i][0] ? 1u : 0u);
      right += predictions[i].label_id == dev.labels[i];
      if (precision != Precision::kF32) continue;
      EXPECT_NEAR(predictions[i].logits[0], dev.logits[i][0], 1e-4) << dev.texts[i];
      EXPECT_NEAR(predictions[i].logits[1], dev.logits[i][1], 1e-4) << dev.texts[i];
    }
    EXPECT_GE(same, precision == Precision::kF32 ? 871 : 870);
    RecordProperty(std::string("same_") + to_string(precision), same);
    RecordProperty(std::string("right_") + to_string(precision), right);
  }
}

}  // namespace
}  // namespace valence
