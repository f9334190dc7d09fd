// The packed matrix product against plain loops in double precision, and its bits in other row counts and shares.
#include "kernels/matmul.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "cpu/bfloat16.h"

namespace valence::internal {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

std::vector<float> Random(std::int64_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = uniform(generator);
  return values;
}

// As matrix.Multiply, with a workspace that ends where it is said to.
void MultiplyInto(const PackedMatrix& matrix, std::int64_t rows, const float* src, std::int64_t begin, std::int64_t end,
                  PostOp post_op, float* dst) {
  std::vector<float> workspace(matrix.WorkspaceSize(rows) + 1, kNan);
  workspace.back() = 7.0f;
  matrix.Multiply(rows, src, begin, end, post_op, dst, workspace.data());
  ASSERT_EQ(workspace.back(), 7.0f);
}

struct Shape {
  std::int64_t in, out;
};

class PackedMatrixShapes : public testing::TestWithParam<Shape> {
 protected:
  const std::int64_t in = GetParam().in, out = GetParam().out;
  const std::vector<float> weight = Random(in * out, 1), bias = Random(out, 2);
  const PackedMatrix matrix{in, out, weight.data(), bias.data()};

  // src: [rows, in] -> [rows, out]
  std::vector<float> Multiply(std::int64_t rows, const float* src, PostOp post_op = PostOp::kNone) const {
    std::vector<float> dst(static_cast<std::size_t>(rows * out), kNan);  // nothing of what stood there may count
    MultiplyInto(matrix, rows, src, 0, out, post_op, dst.data());
    return dst;
  }
};

TEST_P(PackedMatrixShapes, EqualsPlainLoopsForEveryPostOp) {
  for (const std::int64_t rows : {1, 7, 13}) {
    const auto src = Random(rows * in, 3);
    for (const PostOp post_op : {PostOp::kNone, PostOp::kGelu, PostOp::kRelu}) {
      const auto dst = Multiply(rows, src.data(), post_op);
      for (std::int64_t i = 0; i < rows * out; ++i) {
        const std::int64_t r = i / out, n = i % out;
        double sum = bias[static_cast<std::size_t>(n)];
        for (std::int64_t k = 0; k < in; ++k) {
          sum += double{src[static_cast<std::size_t>(r * in + k)]} * weight[static_cast<std::size_t>(n * in + k)];
        }
        if (post_op == PostOp::kRelu) sum = std::max(sum, 0.0);
        if (post_op == PostOp::kGelu) sum = sum / 2 * (1 + std::erf(sum / std::sqrt(2.0)));
        ASSERT_NEAR(dst[static_cast<std::size_t>(i)], sum, 1e-6 * std::sqrt(double(in)) + 1e-6) << r << ' ' << n;
      }
    }
  }
}

TEST_P(PackedMatrixShapes, RowsHaveTheSameBitsInEveryRowCountAndShareOfColumns) {
  const std::int64_t most = 300;  // more than run at once
  const auto src = Random(most * in, 3);
  const auto whole = Multiply(most, src.data());
  for (const std::int64_t rows : {1, 2, 3, 4, 5, 6, 8, 11, 12, 97, 255, 256, 257, 263}) {
    const auto part = Multiply(rows, src.data());
    ASSERT_EQ(std::memcmp(part.data(), whole.data(), part.size() * sizeof(float)), 0) << rows << " rows";
    std::vector<float> shared(part.size(), kNan);
    const std::int64_t middle = std::min(out, (out / 2 + 15) / 16 * 16);
    MultiplyInto(matrix, rows, src.data(), 0, middle, PostOp::kNone, shared.data());
    if (middle < out) MultiplyInto(matrix, rows, src.data(), middle, out, PostOp::kNone, shared.data());
    ASSERT_EQ(std::memcmp(shared.data(), whole.data(), shared.size() * sizeof(float)), 0) << rows << " rows, shared";
  }
}

// Such weights are kept in bf16, unless one of the matrix does not fit it.
TEST_P(PackedMatrixShapes, WeightsThatFitBf16GiveTheBitsOfThoseInF32) {
  auto rounded = weight;
  for (float& value : rounded) value = static_cast<float>(BFloat16(value));
  const PackedMatrix narrow(in, out, rounded.data(), bias.data());
  auto wide_weight = rounded, wide_bias = bias;
  wide_weight.resize(rounded.size() + static_cast<std::size_t>(in), 0.1f);  // one more column
  wide_bias.push_back(0.0f);
  const PackedMatrix wide(in, out + 1, wide_weight.data(), wide_bias.data());
  for (const std::int64_t rows : {1, 13, 257}) {
    const auto src = Random(rows * in, 3);
    std::vector<float> found(static_cast<std::size_t>(rows * out), kNan);
    std::vector<float> expected(static_cast<std::size_t>(rows * (out + 1)), kNan);
    MultiplyInto(narrow, rows, src.data(), 0, out, PostOp::kNone, found.data());
    MultiplyInto(wide, rows, src.data(), 0, out + 1, PostOp::kNone, expected.data());
    for (std::int64_t r = 0; r < rows; ++r) {
      ASSERT_EQ(
          std::memcmp(&found[static_cast<std::size_t>(r * out)], &expected[static_cast<std::size_t>(r * (out + 1))],
                      static_cast<std::size_t>(out) * sizeof(float)),
          0)
          << "row " << r << " of " << rows;
    }
  }
}

TEST_P(PackedMatrixShapes, KeepsNanToItsRowThroughEveryPostOp) {
  auto src = Random(3 * in, 3);
  src[static_cast<std::size_t>(in)] = kNan;  // in the second row
  for (const PostOp post_op : {PostOp::kNone, PostOp::kGelu, PostOp::kRelu}) {
    const auto dst = Multiply(3, src.data(), post_op);
    for (std::int64_t i = 0; i < 3 * out; ++i) ASSERT_EQ(std::isnan(dst[static_cast<std::size_t>(i)]), i / out == 1);
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, PackedMatrixShapes,
                         testing::Values(Shape{768, 48}, Shape{385, 33}, Shape{384, 16}, Shape{72, 72}, Shape{18, 54},
                                         Shape{1, 1}, Shape{900, 2}, Shape{5, 17}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.in) + "x" + std::to_string(shape.param.out);
                         });

// A 1 x 1 product with weight 1: GELU gets the input itself.
TEST(Gelu, EqualsTheExactOneOnAllSizesOfNumbers) {
  const float one = 1, zero = 0;
  const PackedMatrix matrix(1, 1, &one, &zero);
  const auto gelu = [&](float x) {
    float y = 0;
    MultiplyInto(matrix, 1, &x, 0, 1, PostOp::kGelu, &y);
    return y;
  };
  for (int i = -120000; i <= 120000; ++i) {
    const float x = static_cast<float>(i) * 1e-4f;
    ASSERT_NEAR(gelu(x), double{x} / 2 * std::erfc(-double{x} / std::sqrt(2.0)), 2e-7 * (1 + std::abs(x))) << x;
  }
  for (const float x : {1e-30f, 1e3f, 3e38f}) {
    EXPECT_FLOAT_EQ(gelu(x), x < 1 ? x / 2 : x);
    EXPECT_NEAR(gelu(-x), x < 1 ? -x / 2 : 0, 1e-30);
  }
  EXPECT_EQ(gelu(0), 0);
  EXPECT_EQ(gelu(kInfinity), kInfinity);
  EXPECT_TRUE(std::isnan(gelu(kNan)));
}

}  // namespace
}  // namespace valence::internal
