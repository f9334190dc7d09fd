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
    EXPECT_STREQ(error.what(), "type of the operands: expected f32 or bf16, found f16");
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
