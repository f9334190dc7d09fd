// Logits on the committed models against those that transformers gave for them.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "ops/implementation.h"
#include "reference/committed_models.h"
#include "reference/reference_encoder.h"
#include "valence/valence.h"

namespace valence::internal {
namespace {

constexpr double kF32Tolerance = 1e-4;

// How far two sets of logits lie apart, over all texts and labels of a model.
class Distance {
 public:
  void Add(const std::vector<float>& a, const std::vector<float>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      const double difference = std::abs(double{a[i]} - double{b[i]});
      largest_ = std::max(largest_, difference);
      sum_of_squares_ += difference * difference;
      ++count_;
    }
  }
  double largest() const { return largest_; }
  double rms() const { return std::sqrt(sum_of_squares_ / static_cast<double>(count_)); }

 private:
  double largest_ = 0, sum_of_squares_ = 0;
  std::size_t count_ = 0;
};

class CommittedModels : public testing::TestWithParam<std::string> {
 protected:
  const CommittedModel model_ = ReadCommittedModel(GetParam());
};

TEST_P(CommittedModels, TheReferenceEncoderGivesTheLogitsOfTransformers) {
  const Config config = ReadConfig(model_.folder / "config.json");
  const ReferenceTensors tensors = ReadSafetensors(model_.folder / "model.safetensors");
  const ReferenceEncoder reference(config, tensors);
  for (const CommittedText& text : model_.texts) {
    const std::vector<float> logits = reference.Run(text.ids).logits;
    ASSERT_EQ(logits.size(), text.f32.size());
    for (std::size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(logits[i], text.f32[i], kF32Tolerance) << text.text;
  }
}

TEST_P(CommittedModels, F32LogitsAreThoseOfTransformers) {
  const auto classifier = Classifier::load(model_.folder, {.threads = 2, .precision = Precision::kF32});
  const auto predictions = classifier.classify(model_.Texts());
  ASSERT_EQ(predictions.size(), model_.texts.size());
  for (std::size_t t = 0; t < predictions.size(); ++t) {
    const CommittedText& expected = model_.texts[t];
    ASSERT_EQ(predictions[t].logits.size(), expected.f32.size());
    EXPECT_EQ(predictions[t].truncated, expected.truncated) << expected.text;
    for (std::size_t i = 0; i < expected.f32.size(); ++i) {
      EXPECT_NEAR(predictions[t].logits[i], expected.f32[i], kF32Tolerance) << expected.text;
    }
  }
}

TEST_P(CommittedModels, IdsAreThoseOfTransformers) {
  const Tokenizer tokenizer = Tokenizer::load(model_.folder);
  for (const CommittedText& text : model_.texts) {
    const Encoding encoding = tokenizer.encode(text.text, tokenizer.model_max_length());
    EXPECT_EQ(encoding.ids, text.ids) << text.text;
    EXPECT_EQ(encoding.truncated, text.truncated) << text.text;
  }
}

// Both by the largest distance and by the root mean square over the texts: the first finds one text gone wrong, the
// second a loss that is spread over all.
TEST_P(CommittedModels, Bf16LogitsLieNoFurtherFromF32ThanTwicePyTorchsOwn) {
  if (!HasNativeBf16()) GTEST_SKIP() << "no bf16 on " << OneDnnIsa();
  const auto classifier = Classifier::load(model_.folder, {.threads = 2, .precision = Precision::kBf16});
  const auto predictions = classifier.classify(model_.Texts());
  Distance ours, pytorchs;
  for (std::size_t t = 0; t < predictions.size(); ++t) {
    ours.Add(predictions[t].logits, model_.texts[t].f32);
    pytorchs.Add(model_.texts[t].bf16, model_.texts[t].f32);
  }
  EXPECT_LE(ours.largest(), 2 * pytorchs.largest());
  EXPECT_LE(ours.rms(), 2 * pytorchs.rms());
  RecordProperty("ratio_of_rms", std::to_string(ours.rms() / pytorchs.rms()));
  RecordProperty("ratio_of_largest", std::to_string(ours.largest() / pytorchs.largest()));
}

INSTANTIATE_TEST_SUITE_P(All, CommittedModels, testing::ValuesIn(CommittedModelNames()),
                         [](const auto& tested) { return TestNameOf(tested.param); });
INSTANTIATE_TEST_SUITE_P(Activations, CommittedModels, testing::ValuesIn(CommittedActivationNames()),
                         [](const auto& tested) { return TestNameOf(tested.param); });

}  // namespace
}  // namespace valence::internal
