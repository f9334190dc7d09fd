// Weights that no training would give: they must neither crash the encoder nor leak from one text into another.
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>

#include "ops/implementation.h"
#include "ops/int8.h"
#include "reference/encoder_check.h"
#include "reference/model_shapes.h"

namespace valence::internal {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();
constexpr std::int32_t kPoisonedWord = 100;

std::vector<DataType> OperandTypes() {
  return HasNativeBf16() ? std::vector{DataType::kF32, DataType::kBf16} : std::vector{DataType::kF32};
}

// With s8, which refuses NaN and infinity in the weights of linear layers.
std::vector<DataType> AllOperandTypes() {
  auto types = OperandTypes();
  if (!Int8Products().empty()) types.push_back(DataType::kS8);
  return types;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

// [CLS] words [SEP] without the poisoned word.
TextIds CleanText(const Config& config, std::size_t length, std::uint32_t seed) {
  TextIds ids = RandomIds(config, length, seed);
  for (std::int32_t& id : ids) {
    if (id == kPoisonedWord) id = kPoisonedWord + 1;
  }
  return ids;
}

class Poison : public testing::TestWithParam<float> {};

TEST_P(Poison, OfOneTextLeavesTheBitsOfItsNeighbours) {
  const ModelShape shape{4, 18, 130, 3, 3};
  RandomModel model = MakeRandomModel(shape.ToConfig(128), 21);
  auto& words = model.tensors["distilbert.embeddings.word_embeddings.weight"].values;
  for (int i = 0; i < 72; ++i) words[static_cast<std::size_t>(kPoisonedWord * 72 + i)] = GetParam();

  std::vector<TextIds> texts;
  for (const std::size_t length : std::initializer_list<std::size_t>{17, 40, 2, 33, 64, 9}) {
    texts.push_back(CleanText(model.config, length, static_cast<std::uint32_t>(length)));
  }
  for (const DataType type : AllOperandTypes()) {
    for (const int team : {1, 3}) {
      LibraryEncoder encoder(model, type, team);
      const auto clean = encoder.Run(texts);
      for (std::size_t poisoned = 0; poisoned < texts.size(); ++poisoned) {
        if (texts[poisoned].size() == 2) continue;
        std::vector<TextIds> batch = texts;
        batch[poisoned][1] = kPoisonedWord;
        const auto found = encoder.Run(batch);
        for (std::size_t t = 0; t < texts.size(); ++t) {
          if (t == poisoned) continue;
          EXPECT_TRUE(SameBits(found[t].logits, clean[t].logits)) << "text " << t << ", poison in " << poisoned;
        }
        EXPECT_FALSE(SameBits(found[poisoned].logits, clean[poisoned].logits));
        if (std::isfinite(GetParam())) continue;
        for (const float logit : found[poisoned].logits) EXPECT_TRUE(std::isnan(logit));
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Values, Poison, testing::Values(kNan, kInf, -kInf, 1e30f, std::numeric_limits<float>::max()));

TEST(Encoder, NanOrInfinityInAnyWeightCrashesNothingAndNanShowsInTheLogits) {
  for (const Architecture* const architecture : Architectures()) {
    const ModelShape shape{3, 11, 50, 2, 2, Activation::kGelu, "F32", architecture};
    const RandomModel model = MakeRandomModel(shape.ToConfig(64), 22);
    const std::vector<TextIds> texts = {RandomIds(model.config, 20, 1), RandomIds(model.config, 2, 2)};
    for (const auto& [name, tensor] : model.tensors) {
      for (const float value : {kNan, kInf}) {
        RandomModel broken = model;
        for (float& weight : broken.tensors[name].values) weight = value;
        for (const DataType type : OperandTypes()) {
          const auto found = LibraryEncoder(broken, type).Run(texts);
          ASSERT_EQ(found.size(), 2u);
          for (const EncodedText& text : found) {
            ASSERT_EQ(text.logits.size(), 2u);
            EXPECT_TRUE(std::isinf(value) || std::isnan(text.logits[0])) << name;  // as in transformers
          }
        }
      }
    }
  }
}

// A few weights in every thousand are 30 times as large, and one dimension of each layer norm stands out, as happens
// in trained models.
TEST(Encoder, LargeOutliersMatchTheReference) {
  const ModelShape shape{6, 25, 333, 4, 3};
  RandomModel model = MakeRandomModel(shape.ToConfig(160), 23);
  for (auto& [name, tensor] : model.tensors) {
    if (tensor.shape.size() == 2) {
      for (std::size_t i = 500; i < tensor.values.size(); i += 997) tensor.values[i] *= 30;
    } else if (name.find("orm.weight") != std::string::npos) {
      tensor.values[tensor.values.size() / 3] *= 12;
    }
  }
  std::vector<TextIds> texts;
  for (const std::size_t length : std::initializer_list<std::size_t>{2, 11, 48, 150})
    texts.push_back(RandomIds(model.config, length, 5));
  ExpectEncoderMatchesReference(model, texts);
}

// Layer norm divides by sqrt(variance + 1e-12); here the variance is so small that another epsilon would show. In F16
// such numbers are subnormal.
TEST(Encoder, TinyEmbeddingsMatchTheReference) {
  const ModelShape shape{4, 16, 64, 1, 2};
  for (const std::string dtype : {"F32", "F16", "BF16"}) {
    SCOPED_TRACE(dtype);
    RandomModel model = MakeRandomModel(shape.ToConfig(64), 25, dtype);
    for (auto& [name, tensor] : model.tensors) {
      if (name.find("word_emb") == std::string::npos && name.find("position_emb") == std::string::npos) continue;
      for (float& weight : tensor.values) weight = RoundedTo(dtype, weight * 3e-6f);
    }
    ExpectEncoderMatchesReference(model, {RandomIds(model.config, 50, 4)});
  }
}

// Scores of several thousands: all attention goes to one token, and exp must neither overflow nor give 0 / 0.
TEST(Encoder, HugeAttentionScoresGiveFiniteLogits) {
  const ModelShape shape{4, 16, 64, 2, 2};
  RandomModel model = MakeRandomModel(shape.ToConfig(64), 24);
  for (auto& [name, tensor] : model.tensors) {
    if (name.find("q_lin") == std::string::npos && name.find("k_lin") == std::string::npos) continue;
    for (float& weight : tensor.values) weight *= 1000;
  }
  for (const DataType type : AllOperandTypes()) {
    for (const EncodedText& text : LibraryEncoder(model, type).Run({RandomIds(model.config, 50, 3)})) {
      for (const float logit : text.logits) EXPECT_TRUE(std::isfinite(logit));
    }
  }
}

}  // namespace
}  // namespace valence::internal
