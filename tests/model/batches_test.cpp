// Logits through the public classifier, whose scheduler cuts batches into chunks, against the plain reference.
#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <random>

#include "reference/encoder_check.h"
#include "reference/model_shapes.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence::internal {
namespace {

class Batches : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    const ModelShape shape{5, 14, 96, 2, 3};
    model_ = new RandomModel(MakeRandomModel(shape.ToConfig(512), 41));
    folder_ = new TemporaryFolder;
    WriteModelFolder(folder_->path(), *model_);
  }
  static void TearDownTestSuite() {
    delete folder_;
    delete model_;
  }

  // One text a length, all in one call.
  static void ExpectLogitsOfTheReference(const Classifier& classifier, const std::vector<std::size_t>& lengths) {
    const ReferenceEncoder reference(model_->config, model_->tensors);
    std::vector<TextIds> ids;
    std::vector<std::string> texts;
    for (const std::size_t length : lengths) {
      ids.push_back(RandomIds(model_->config, length, static_cast<std::uint32_t>(ids.size())));
      texts.push_back(TextOf(ids.back()));
    }
    const auto predictions = classifier.classify(texts);
    ASSERT_EQ(predictions.size(), texts.size());
    for (std::size_t t = 0; t < texts.size(); ++t) {
      const auto expected = reference.Run(ids[t]).logits;
      ASSERT_EQ(predictions[t].logits.size(), expected.size());
      for (std::size_t i = 0; i < expected.size(); ++i) {
        EXPECT_NEAR(predictions[t].logits[i], expected[i], 1e-4) << "text " << t << " of " << lengths[t] << " tokens";
      }
      EXPECT_FALSE(predictions[t].truncated);
    }
  }

  static Classifier Load(int threads) {
    return Classifier::load(folder_->path(), {.threads = threads, .precision = Precision::kF32});
  }

  static RandomModel* model_;
  static TemporaryFolder* folder_;
};

RandomModel* Batches::model_ = nullptr;
TemporaryFolder* Batches::folder_ = nullptr;

TEST_F(Batches, EveryBoundaryLengthInOneCallMatchesTheReference) {
  for (const int threads : {1, 2, 3}) ExpectLogitsOfTheReference(Load(threads), BoundaryLengths());
}

TEST_F(Batches, OfEqualTextsThatEndBeforeAtAndBehindAChunkMatchTheReference) {
  const auto classifier = Load(2);
  for (const std::size_t length : std::initializer_list<std::size_t>{2, 3, 15, 16, 17, 127, 128, 129, 255, 256, 257}) {
    for (const std::size_t tokens : std::initializer_list<std::size_t>{255, 256, 257, 512}) {
      ExpectLogitsOfTheReference(classifier, std::vector<std::size_t>(tokens / length + 1, length));
    }
  }
}

TEST_F(Batches, OfRandomLengthsMatchTheReference) {
  std::mt19937 generator(5);
  std::vector<std::size_t> lengths;
  for (int i = 0; i < 700; ++i) lengths.push_back(2 + generator() % (i % 10 == 0 ? 511 : 40));
  ExpectLogitsOfTheReference(Load(3), lengths);
}

TEST_F(Batches, OfManyTinyTextsMatchTheReference) {
  ExpectLogitsOfTheReference(Load(2), std::vector<std::size_t>(1500, 3));
}

}  // namespace
}  // namespace valence::internal
