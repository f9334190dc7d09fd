// Every layer of models of many shapes against the plain reference.
#include <gtest/gtest.h>

#include "reference/encoder_check.h"
#include "reference/model_shapes.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

std::vector<TextIds> TextsOf(const Config& config, const std::vector<std::size_t>& lengths) {
  std::vector<TextIds> texts;
  for (const std::size_t length : lengths) {
    texts.push_back(RandomIds(config, length, static_cast<std::uint32_t>(31 * length + texts.size())));
  }
  return texts;
}

class Shapes : public testing::TestWithParam<ModelShape> {};

TEST_P(Shapes, EveryLayerMatchesTheReference) {
  const RandomModel model = MakeRandomModel(GetParam().ToConfig(140), 7, GetParam().dtype);
  ExpectEncoderMatchesReference(model, TextsOf(model.config, {2, 33, 16, 130, 7, 65}));
}

INSTANTIATE_TEST_SUITE_P(All, Shapes, testing::ValuesIn(ModelShapes()),
                         [](const auto& tested) { return tested.param.Name(); });

// An epsilon so large that another would show.
TEST(Encoder, LayerNormAddsTheEpsilonOfTheConfig) {
  const ModelShape shape{4, 15, 80, 2, 2, Activation::kGelu, "F32", &kBert};
  Config config = shape.ToConfig(64);
  config.layer_norm_epsilon = 0.5f;
  ExpectEncoderMatchesReference(MakeRandomModel(config, 12), TextsOf(config, {2, 40, 9}));
}

// The reference skips the rows by itself; the other model never had them.
TEST(Encoder, AnArchitecturesPositionOffsetSkipsTheFirstRowsOfTheTable) {
  Architecture shifted = kDistilBert;
  shifted.position_offset = 2;
  const ModelShape shape{3, 14, 60, 2, 2, Activation::kGelu, "F32", &shifted};
  const RandomModel model = MakeRandomModel(shape.ToConfig(42), 13);
  EXPECT_EQ(model.config.max_tokens(), 40);
  const auto texts = TextsOf(model.config, {2, 40, 9});
  ExpectEncoderMatchesReference(model, texts);

  RandomModel same = model;
  same.config.architecture = &kDistilBert;
  same.config.max_position_embeddings = 40;
  ReferenceTensor& positions = same.tensors[kDistilBert.tensors.positions];
  positions.shape[0] = 40;
  positions.values.erase(positions.values.begin(), positions.values.begin() + 2 * model.config.dim);
  const auto found = LibraryEncoder(model, DataType::kF32).Run(texts);
  const auto expected = LibraryEncoder(same, DataType::kF32).Run(texts);
  for (std::size_t t = 0; t < texts.size(); ++t) EXPECT_EQ(found[t].logits, expected[t].logits);
}

TEST(Encoder, TextsOfEveryBoundaryLengthMatchTheReferenceInOneBatch) {
  const ModelShape shape{5, 21, 150, 2, 2};
  const RandomModel model = MakeRandomModel(shape.ToConfig(512), 8);
  ExpectEncoderMatchesReference(model, TextsOf(model.config, BoundaryLengths()));
}

TEST(Encoder, BatchesOfEveryBoundaryLengthMatchTheReference) {
  const ModelShape shape{4, 12, 70, 2, 2};
  const RandomModel model = MakeRandomModel(shape.ToConfig(512), 9);
  for (const std::size_t length : BoundaryLengths()) {
    SCOPED_TRACE(length);
    ExpectEncoderMatchesReference(model, TextsOf(model.config, {length}));
  }
}

TEST(Encoder, TeamsOfAnySizeMatchTheReference) {
  const ModelShape shape{6, 15, 200, 3, 3};
  const RandomModel model = MakeRandomModel(shape.ToConfig(128), 10);
  for (const int team : {2, 3, 5, 8}) {
    SCOPED_TRACE(team);
    ExpectEncoderMatchesReference(model, TextsOf(model.config, {19, 2, 77}), team);
    ExpectEncoderMatchesReference(model, TextsOf(model.config, {3}), team);
  }
}

TEST(Encoder, RefusesOperandsThatItCannotMultiply) {
  const RandomModel model = MakeRandomModel(ModelShape{4, 12, 70, 2, 2}.ToConfig(64), 9);
  try {
    LibraryEncoder(model, DataType::kF16);
    FAIL() << "f16 operands were taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(error.what(), "type of the operands: expected f32, bf16 or s8, found f16");
  }
}

class FullSize : public testing::TestWithParam<int> {};

TEST_P(FullSize, EveryLayerMatchesTheReference) {
  Config config;  // 6 layers, 768 wide, 3072 inside
  config.vocab_size = 500;
  config.n_heads = GetParam();
  const RandomModel model = MakeRandomModel(config, 11, "BF16");
  ExpectEncoderMatchesReference(model, TextsOf(model.config, {2, 24, 130}), 2);
}

INSTANTIATE_TEST_SUITE_P(Heads, FullSize, testing::Values(6, 12));

}  // namespace
}  // namespace valence::internal
