// s8 products against plain loops, for every implementation that this CPU can run; the way back to f32 against double
// precision; the same bits on every instruction set.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "cpu/amx.h"
#include "cpu/team.h"
#include "kernels/int8_linear.h"
#include "kernels/random.h"
#include "kernels/targets.h"

namespace valence::internal {
namespace {

std::vector<std::int8_t> RandomBytes(std::int64_t count, unsigned seed, int smallest = -127) {
  std::mt19937 generator(seed);
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  for (auto& value : values) {
    value = static_cast<std::int8_t>(static_cast<int>(generator() % static_cast<unsigned>(128 - smallest)) + smallest);
  }
  return values;
}

std::int64_t WholeTiles(std::int64_t count, std::int64_t tile) { return (count + tile - 1) / tile * tile; }

// sums[r][n] for one panel, each of src's bytes XORed as the product wants it
std::vector<std::int32_t> Sums(const Int8Product& product, std::int64_t rows, std::int64_t in,
                               const std::vector<std::int8_t>& src, const Int8Matrix& matrix, std::int64_t column) {
  const std::int64_t stride = product.on_tiles ? WholeTiles(in, 64) : matrix.depth();
  const std::int64_t whole = WholeTiles(rows, product.RowStep());
  std::vector<std::uint8_t> flipped(static_cast<std::size_t>(whole * stride), 0x55);  // tails that must not count
  for (std::int64_t i = 0; i < rows * in; ++i) {
    flipped[static_cast<std::size_t>(i / in * stride + i % in)] =
        static_cast<std::uint8_t>(static_cast<std::uint8_t>(src[static_cast<std::size_t>(i)]) ^ product.flip);
  }
  std::vector<std::int32_t> sums(static_cast<std::size_t>(whole * kInt8Panel), -1);
  const AmxTileScope tiles(product.on_tiles);
  Int8Background nothing({}, 0);
  product.multiply(rows, matrix.depth(), flipped.data(), stride, matrix.Panel(column), sums.data(), nothing);
  sums.resize(static_cast<std::size_t>(rows * kInt8Panel));
  return sums;
}

TEST(Int8Product, EqualsPlainLoopsOnEveryInstructionSet) {
  if (Int8Products().empty()) GTEST_SKIP() << "no AVX2";
  for (const std::int64_t in : {1, 3, 4, 54, 256, 259, 768}) {
    for (const std::int64_t out : {1, 54, 64, 130}) {
      const auto weight = RandomBytes(in * out, 1, -128);  // files may hold -128
      const Int8Matrix matrix(in, out, weight.data(), in);
      for (const std::int64_t rows : {1, 2, 3, 4, 5, 6, 7, 13, 16, 17, 32}) {
        const auto src = RandomBytes(rows * in, 2);
        for (const auto& product : Int8Products()) {
          for (std::int64_t column = 0; column < out; column += kInt8Panel) {
            const auto sums = Sums(product, rows, in, src, matrix, column);
            for (std::int64_t i = 0; i < rows * kInt8Panel; ++i) {
              const std::int64_t r = i / kInt8Panel, n = column + i % kInt8Panel;
              std::int32_t expected = 0;
              for (std::int64_t k = 0; k < in && n < out; ++k) {
                expected += src[static_cast<std::size_t>(r * in + k)] * weight[static_cast<std::size_t>(n * in + k)];
              }
              ASSERT_EQ(sums[static_cast<std::size_t>(i)], expected)
                  << product.name << ' ' << in << ' ' << r << ' ' << n;
            }
          }
        }
      }
    }
  }
}

TEST(Int8Product, DoesNotSaturateAtTheLargestValues) {
  const std::int64_t in = 3072;
  for (const int value : {127, -127, -128}) {
    const std::vector<std::int8_t> weight(static_cast<std::size_t>(in), static_cast<std::int8_t>(value));
    const std::vector<std::int8_t> src(static_cast<std::size_t>(in), 127);
    const Int8Matrix matrix(in, 1, weight.data(), in);
    for (const auto& product : Int8Products()) {
      EXPECT_EQ(Sums(product, 1, in, src, matrix, 0)[0], value * 127 * 3072) << product.name;
    }
  }
}

struct Shape {
  std::int64_t dim, inner;
};

class Int8Shapes : public testing::TestWithParam<Shape> {
 protected:
  void SetUp() override {
    if (Int8Products().empty()) GTEST_SKIP() << "no AVX2";
  }

  // [rows] of Int8RowBytes(dim)
  AlignedBuffer<std::byte> Quantized(const Int8Product& product, std::int64_t rows) const {
    AlignedBuffer<std::byte> to(static_cast<std::size_t>(WholeTiles(rows, 16) * Int8RowBytes(dim)));
    std::fill_n(to.data(), to.size(), std::byte{0x55});  // rows behind the last must not count
    QuantizeRows(Int8Scheme::kLargestApart, rows, dim, src.data(), dim, product.flip, to.data());
    return to;
  }

  void ExpectSameBitsInEveryRowCountAndShare(const Int8Product& product, Activation activation) const;

  std::vector<float> Feed(const Int8Product& product, std::int64_t rows,
                          Activation activation = Activation::kGelu) const {
    const Int8FeedForward feed_forward({inner, dim, first.data()}, first_bias.data(), {dim, inner, second.data()},
                                       second_bias.data(), activation);
    const auto from = Quantized(product, rows);
    AlignedBuffer<std::byte> workspace(feed_forward.WorkspaceBytes(rows));
    std::vector<float> dst(static_cast<std::size_t>(rows * dim));
    const AmxTileScope tiles(product.on_tiles);
    feed_forward.Run(product, rows, from.data(), dst.data(), workspace.data());
    return dst;
  }

  const std::int64_t dim = GetParam().dim, inner = GetParam().inner, most = 130;
  const std::vector<float> first = Random(inner * dim, 1), first_bias = Random(inner, 2),
                           second = Random(dim * inner, 3), second_bias = Random(dim, 4), src = Random(most * dim, 5);
};

TEST_P(Int8Shapes, LinearIsNearTheProductInDoublePrecision) {
  const Int8Linear linear({inner, dim, first.data()}, first_bias.data());
  const auto& product = Int8Products().front();
  const std::int64_t rows = 7;
  const auto from = Quantized(product, rows);
  for (const PostOp post_op : {PostOp::kNone, PostOp::kGelu, PostOp::kRelu}) {
    const AmxTileScope tiles(product.on_tiles);
    std::vector<float> dst(static_cast<std::size_t>(rows * inner));
    linear.Run(product, rows, from.data(), 0, inner, post_op, dst.data(), inner);
    for (std::int64_t i = 0; i < rows * inner; ++i) {
      const std::int64_t r = i / inner, n = i % inner;
      double sum = first_bias[static_cast<std::size_t>(n)];
      float row_largest = 0, column_largest = 0;
      for (std::int64_t k = 0; k < dim; ++k) {
        const float a = src[static_cast<std::size_t>(r * dim + k)], b = first[static_cast<std::size_t>(n * dim + k)];
        sum += double{a} * b;
        row_largest = std::max(row_largest, std::abs(a));
        column_largest = std::max(column_largest, std::abs(b));
      }
      if (post_op == PostOp::kRelu) sum = std::max(sum, 0.0);
      if (post_op == PostOp::kGelu) sum = sum / 2 * (1 + std::erf(sum / std::sqrt(2.0)));
      // Each factor is off by half a step at most: six standard deviations of the sum of such errors.
      const double step = (double{row_largest} + double{column_largest}) / 127 / std::sqrt(12.0);
      ASSERT_NEAR(dst[static_cast<std::size_t>(i)], sum, 6 * step * std::sqrt(double(dim)) + 1e-3) << r << ' ' << n;
    }
  }
}

TEST_P(Int8Shapes, HaveTheSameBitsOnEveryInstructionSet) {
  std::vector<float> expected;
  for (const auto& product : Int8Products()) {
    for (const std::int64_t target : FusingTargets()) {
      const UseTarget use(target);
      const auto dst = Feed(product, 9);
      if (expected.empty()) expected = dst;
      ASSERT_EQ(std::memcmp(dst.data(), expected.data(), dst.size() * sizeof(float)), 0)
          << product.name << ' ' << hwy::TargetName(target);
    }
  }
}

TEST_P(Int8Shapes, RowsHaveTheSameBitsInEveryRowCountAndShare) {
  for (const auto& product : Int8Products()) {
    for (const Activation activation : {Activation::kGelu, Activation::kSilu}) {
      SCOPED_TRACE(std::string(product.name) + ' ' + ToString(activation));
      ExpectSameBitsInEveryRowCountAndShare(product, activation);
    }
  }
}

void Int8Shapes::ExpectSameBitsInEveryRowCountAndShare(const Int8Product& product, Activation activation) const {
  const AmxTileScope tiles(product.on_tiles);
  const auto whole = Feed(product, most, activation);
  for (const std::int64_t rows : {1, 5, 6, 59, 61, 121}) {
    const auto part = Feed(product, rows, activation);
    ASSERT_EQ(std::memcmp(part.data(), whole.data(), part.size() * sizeof(float)), 0) << rows;
  }
  const Int8FeedForward feed_forward({inner, dim, first.data()}, first_bias.data(), {dim, inner, second.data()},
                                     second_bias.data(), activation);
  const std::int64_t rows = 11;
  const auto from = Quantized(product, rows);
  for (const int members : {1, 2, 3}) {
    AlignedBuffer<std::byte> workspace(feed_forward.WorkspaceBytes(rows));
    std::vector<float> dst(static_cast<std::size_t>(rows * dim));
    for (int i = 0; i < members; ++i) {
      const auto [begin, end] = Share{i, members}.Of(inner, kInt8Panel);
      feed_forward.RunFirst(product, rows, from.data(), begin, end, workspace.data());
    }
    for (int i = 0; i < members; ++i) {
      const auto [begin, end] = Share{i, members}.Of(rows);
      feed_forward.QuantizeInner(product, rows, begin, end, workspace.data());
    }
    for (int i = 0; i < members; ++i) {
      const auto [begin, end] = Share{i, members}.Of(dim, kInt8Panel);
      feed_forward.RunSecond(product, rows, begin, end, dst.data(), workspace.data());
    }
    ASSERT_EQ(std::memcmp(dst.data(), whole.data(), dst.size() * sizeof(float)), 0) << members;
  }
}

TEST_P(Int8Shapes, ANanRowStaysAlone) {
  auto broken = src;
  broken[static_cast<std::size_t>(2 * dim)] = std::numeric_limits<float>::quiet_NaN();
  const auto& product = Int8Products().front();
  const Int8Linear linear({inner, dim, first.data()}, first_bias.data());
  std::vector<float> dst(static_cast<std::size_t>(5 * inner)), expected = dst;
  const AmxTileScope tiles(product.on_tiles);
  AlignedBuffer<std::byte> rows(static_cast<std::size_t>(16 * Int8RowBytes(dim)));
  QuantizeRows(Int8Scheme::kLargestApart, 5, dim, broken.data(), dim, product.flip, rows.data());
  linear.Run(product, 5, rows.data(), 0, inner, PostOp::kGelu, dst.data(), inner);
  QuantizeRows(Int8Scheme::kLargestApart, 5, dim, src.data(), dim, product.flip, rows.data());
  linear.Run(product, 5, rows.data(), 0, inner, PostOp::kGelu, expected.data(), inner);
  for (std::size_t i = 0; i < dst.size(); ++i) {
    if (i / static_cast<std::size_t>(inner) == 2) {
      ASSERT_TRUE(std::isnan(dst[i]));
    } else {
      ASSERT_EQ(dst[i], expected[i]);
    }
  }
}

TEST(Int8Linear, AChannelOfZerosGivesItsBias) {
  if (Int8Products().empty()) GTEST_SKIP() << "no AVX2";
  auto weight = Random(3 * 40, 1);
  std::fill_n(weight.begin() + 40, 40, 0.0f);
  const std::vector<float> bias = {1.0f, 2.5f, 3.0f}, src = Random(40, 2);
  const Int8Linear linear({3, 40, weight.data()}, bias.data());
  const auto& product = Int8Products().front();
  const AmxTileScope tiles(product.on_tiles);
  AlignedBuffer<std::byte> row(static_cast<std::size_t>(16 * Int8RowBytes(40)));
  QuantizeRows(Int8Scheme::kLargestApart, 1, 40, src.data(), 40, product.flip, row.data());
  std::vector<float> dst(3);
  linear.Run(product, 1, row.data(), 0, 3, PostOp::kNone, dst.data(), 3);
  EXPECT_EQ(dst[1], 2.5f);
}

INSTANTIATE_TEST_SUITE_P(Widths, Int8Shapes,
                         testing::Values(Shape{7, 5}, Shape{18, 54}, Shape{64, 256}, Shape{100, 770}, Shape{130, 1600},
                                         Shape{520, 600}));

}  // namespace
}  // namespace valence::internal
