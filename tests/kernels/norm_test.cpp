// The norm kernels against plain loops in double precision.
#include "kernels/norm.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <utility>
#include <vector>

#include "kernels/random.h"

namespace valence::internal {
namespace {

template <class T>
OperandView<T> Plain(std::vector<T>& rows, std::int64_t dim) {
  return OperandView<T>::Plain(rows.data(), dim);
}

// row: [dim] -> its layer norm
std::vector<double> PlainNorm(const std::vector<double>& row, const float* gamma, const float* beta) {
  double mean = 0, variance = 0;
  for (const double x : row) mean += x / double(row.size());
  for (const double x : row) variance += (x - mean) * (x - mean) / double(row.size());
  std::vector<double> out;
  for (std::size_t i = 0; i < row.size(); ++i) {
    out.push_back((row[i] - mean) / std::sqrt(variance + 1e-12) * gamma[i] + beta[i]);
  }
  return out;
}

class NormWidths : public testing::TestWithParam<std::int64_t> {};

TEST_P(NormWidths, AddNormEqualsPlainLoops) {
  const std::int64_t dim = GetParam(), rows = 5;
  const auto size = static_cast<std::size_t>(rows * dim), width = static_cast<std::size_t>(dim);
  // Far from zero: a variance from the sum of squares would be wrong here.
  const auto before = Random(size, 1, 30.0f), update = Random(size, 2);
  const auto gamma = Random(width, 3), beta = Random(width, 4);
  auto hidden = before;
  std::vector<float> operand(size);
  AddNorm(rows, dim, update.data(), {gamma.data(), beta.data(), 1e-12f}, hidden.data(), Plain(operand, dim));
  auto hidden_bf16 = before;
  std::vector<BFloat16> operand_bf16(size);
  AddNorm(rows, dim, update.data(), {gamma.data(), beta.data(), 1e-12f}, hidden_bf16.data(), Plain(operand_bf16, dim));
  for (std::size_t r = 0; r < static_cast<std::size_t>(rows); ++r) {
    std::vector<double> row;
    for (std::size_t i = 0; i < width; ++i) row.push_back(double{before[r * width + i] + update[r * width + i]});
    const auto expected = PlainNorm(row, gamma.data(), beta.data());
    for (std::size_t i = 0; i < width; ++i) {
      ASSERT_NEAR(hidden[r * width + i], expected[i], 3e-5 * (1 + std::abs(expected[i]))) << r << ' ' << i;
      ASSERT_EQ(operand[r * width + i], hidden[r * width + i]);
      ASSERT_EQ(hidden_bf16[r * width + i], hidden[r * width + i]);
      ASSERT_EQ(operand_bf16[r * width + i].bits, BFloat16(hidden[r * width + i]).bits);
    }
  }
}

TEST_P(NormWidths, EmbedNormEqualsPlainLoops) {
  const std::int64_t dim = GetParam();
  const auto width = static_cast<std::size_t>(dim);
  const auto words = Random(7 * width, 1), positions = Random(4 * width, 2);
  const auto gamma = Random(width, 3), beta = Random(width, 4);
  const std::vector<std::int32_t> ids = {6, 0, 3, 6}, places = {0, 1, 3, 0};
  std::vector<float> hidden(4 * width), operand(4 * width);
  EmbedNorm(4, dim, ids.data(), places.data(), words.data(), positions.data(), {gamma.data(), beta.data(), 1e-12f},
            hidden.data(), Plain(operand, dim));
  for (std::size_t r = 0; r < 4; ++r) {
    std::vector<double> row;
    for (std::size_t i = 0; i < width; ++i) {
      row.push_back(double{words[static_cast<std::size_t>(ids[r]) * width + i]} +
                    positions[static_cast<std::size_t>(places[r]) * width + i]);
    }
    const auto expected = PlainNorm(row, gamma.data(), beta.data());
    for (std::size_t i = 0; i < width; ++i) {
      ASSERT_NEAR(hidden[r * width + i], expected[i], 2e-5 * (1 + std::abs(expected[i]))) << r << ' ' << i;
    }
  }
}

TEST_P(NormWidths, EmbedNormOfBf16WordsHasTheBitsOfTheSameOnesInF32) {
  const std::int64_t dim = GetParam();
  const auto width = static_cast<std::size_t>(dim);
  const auto gamma = Random(width, 3), beta = Random(width, 4);
  const auto positions = Random(4 * width, 2);
  std::vector<BFloat16> words;
  for (const float value : Random(7 * width, 1)) words.emplace_back(value);
  std::vector<float> wide_words;
  for (const BFloat16 value : words) wide_words.push_back(static_cast<float>(value));
  const std::vector<std::int32_t> ids = {6, 0, 3, 6}, places = {0, 1, 3, 0};
  std::vector<float> hidden(4 * width), operand(4 * width), expected(4 * width), expected_operand(4 * width);
  EmbedNorm(4, dim, ids.data(), places.data(), std::as_const(words).data(), positions.data(),
            {gamma.data(), beta.data(), 1e-12f}, hidden.data(), Plain(operand, dim));
  EmbedNorm(4, dim, ids.data(), places.data(), std::as_const(wide_words).data(), positions.data(),
            {gamma.data(), beta.data(), 1e-12f}, expected.data(), Plain(expected_operand, dim));
  EXPECT_EQ(hidden, expected);
  EXPECT_EQ(operand, expected_operand);
}

TEST_P(NormWidths, EmbedNormOfInt8WordsHasTheBitsOfTheSameOnesInF32) {
  const std::int64_t dim = GetParam();
  const auto width = static_cast<std::size_t>(dim);
  const auto gamma = Random(width, 3), beta = Random(width, 4), positions = Random(4 * width, 2);
  const std::vector<float> scales = {0.01f, 0.3f, 1.0f, 0.7f, 0.003f, 2.0f, 0.11f};
  std::vector<std::int8_t> words;
  std::vector<float> wide_words;
  for (std::size_t i = 0; i < 7 * width; ++i) {
    words.push_back(static_cast<std::int8_t>(i * 37 % 256));
    wide_words.push_back(scales[i / width] * static_cast<float>(words.back()));
  }
  const std::vector<std::int32_t> ids = {6, 0, 3, 6}, places = {0, 1, 3, 0};
  std::vector<float> hidden(4 * width), operand(4 * width), expected(4 * width), expected_operand(4 * width);
  EmbedNorm(4, dim, ids.data(), places.data(), Int8Words{words.data(), scales.data()}, positions.data(),
            {gamma.data(), beta.data(), 1e-12f}, hidden.data(), Plain(operand, dim));
  EmbedNorm(4, dim, ids.data(), places.data(), std::as_const(wide_words).data(), positions.data(),
            {gamma.data(), beta.data(), 1e-12f}, expected.data(), Plain(expected_operand, dim));
  EXPECT_EQ(hidden, expected);
  EXPECT_EQ(operand, expected_operand);
}

TEST_P(NormWidths, TilesHoldWhatPlainRowsDo) {
  const std::int64_t dim = GetParam(), rows = 37, columns = OperandView<BFloat16>::TiledColumns(dim);
  const auto size = static_cast<std::size_t>(rows * dim), width = static_cast<std::size_t>(dim);
  const auto before = Random(size, 1), update = Random(size, 2), gamma = Random(width, 3), beta = Random(width, 4);
  auto hidden = before;
  std::vector<BFloat16> plain(size), tiles(static_cast<std::size_t>(48 * columns));
  AddNorm(rows, dim, update.data(), {gamma.data(), beta.data(), 1e-12f}, hidden.data(), Plain(plain, dim));
  auto sum = before;
  for (std::size_t i = 0; i < size; ++i) sum[i] += update[i];
  const auto view = OperandView<BFloat16>::Tiled(tiles.data(), dim);
  AddNorm(rows, dim, nullptr, {gamma.data(), beta.data(), 1e-12f}, sum.data(), view);
  EXPECT_EQ(sum, hidden);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < columns; ++c) {
      const auto at = static_cast<std::size_t>(r / 16 * columns * 16 + c / 32 * 512 + r % 16 * 32 + c % 32);
      ASSERT_EQ(tiles[at].bits, c < dim ? plain[static_cast<std::size_t>(r * dim + c)].bits : 0) << r << ' ' << c;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Dims, NormWidths, testing::Values(1, 3, 8, 15, 16, 17, 31, 33, 64, 72, 384, 768, 1023));

TEST(AddNorm, LeavesANanInItsOwnRow) {
  std::vector<float> hidden(3 * 40, 0.0f), update = Random(3 * 40, 1);
  const std::vector<float> gamma(40, 1.0f), beta(40, 0.0f);
  update[45] = std::numeric_limits<float>::quiet_NaN();
  std::vector<BFloat16> operand(3 * 40);
  AddNorm(3, 40, update.data(), {gamma.data(), beta.data(), 1e-12f}, hidden.data(), Plain(operand, 40));
  for (std::size_t i = 0; i < 120; ++i) EXPECT_EQ(std::isnan(hidden[i]), i / 40 == 1) << i;
  for (std::size_t i = 40; i < 80; ++i) EXPECT_TRUE(std::isnan(static_cast<float>(operand[i]))) << i;
}

TEST(BFloat16, RoundsToNearestEvenAndKeepsNans) {
  const auto bits_of = [](std::uint32_t word) { return BFloat16(std::bit_cast<float>(word)).bits; };
  EXPECT_EQ(bits_of(0x3f800000), 0x3f80);
  EXPECT_EQ(bits_of(0x3f808000), 0x3f80);  // half way, to even
  EXPECT_EQ(bits_of(0x3f818000), 0x3f82);
  EXPECT_EQ(bits_of(0x3f808001), 0x3f81);
  EXPECT_EQ(bits_of(0x7f7fffff), 0x7f80);  // beyond the largest: infinity
  EXPECT_EQ(bits_of(0x7fffffff) & 0x7fc0, 0x7fc0);
  EXPECT_EQ(bits_of(0xff800001) & 0x7fc0, 0x7fc0);
}

}  // namespace
}  // namespace valence::internal
