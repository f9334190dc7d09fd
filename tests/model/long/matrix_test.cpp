// Every shape of model with every boundary length and every type of file against the plain reference.
#include <gtest/gtest.h>

#include <random>
#include <tuple>

#include "reference/encoder_check.h"
#include "reference/model_shapes.h"

namespace valence::internal {
namespace {

class Matrix : public testing::TestWithParam<std::tuple<ModelShape, std::string>> {
 protected:
  RandomModel Model(std::uint32_t seed) const {
    return MakeRandomModel(std::get<0>(GetParam()).ToConfig(512), seed, std::get<1>(GetParam()));
  }
};

TEST_P(Matrix, EveryBoundaryLengthInOneBatchMatchesTheReference) {
  const RandomModel model = Model(61);
  std::vector<TextIds> texts;
  for (const std::size_t length : BoundaryLengths()) {
    texts.push_back(RandomIds(model.config, length, static_cast<std::uint32_t>(length)));
  }
  ExpectEncoderMatchesReference(model, texts, 2);
}

TEST_P(Matrix, RandomBatchesMatchTheReference) {
  const RandomModel model = Model(62);
  std::mt19937 generator(63);
  for (int batch = 0; batch < 4; ++batch) {
    std::vector<TextIds> texts;
    const std::size_t count = 1 + generator() % 12;
    for (std::uint32_t i = 0; i < count; ++i) texts.push_back(RandomIds(model.config, 2 + generator() % 90, i));
    ExpectEncoderMatchesReference(model, texts, 1 + batch);
  }
}

std::string NameOf(const testing::TestParamInfo<Matrix::ParamType>& tested) {
  return std::get<0>(tested.param).Name() + "_as_" + std::get<1>(tested.param);
}

INSTANTIATE_TEST_SUITE_P(All, Matrix,
                         testing::Combine(testing::ValuesIn(ModelShapes()), testing::Values("F32", "F16", "BF16")),
                         NameOf);

class FullSizeMatrix : public testing::TestWithParam<int> {};

TEST_P(FullSizeMatrix, EveryBoundaryLengthMatchesTheReference) {
  Config config;  // 6 layers, 768 wide, 3072 inside
  config.vocab_size = 500;
  config.n_heads = GetParam();
  const RandomModel model = MakeRandomModel(config, 64, "BF16");
  std::vector<TextIds> texts;
  for (const std::size_t length : BoundaryLengths()) {
    texts.push_back(RandomIds(config, length, static_cast<std::uint32_t>(length)));
  }
  ExpectEncoderMatchesReference(model, texts, 2);
}

INSTANTIATE_TEST_SUITE_P(Heads, FullSizeMatrix, testing::Values(6, 12));

}  // namespace
}  // namespace valence::internal
