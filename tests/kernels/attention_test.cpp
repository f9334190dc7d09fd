// The attention kernels against plain loops in double precision.
#include "kernels/attention.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <random>
#include <vector>

namespace valence::internal {
namespace {

template <class T>
std::vector<T> Random(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(0.0f, 1.5f);
  std::vector<T> values;
  for (std::size_t i = 0; i < count; ++i) values.emplace_back(normal(generator));
  return values;
}

// q: [queries, dim], k, v: [keys, dim] -> [queries, dim]
template <class T>
std::vector<double> Plain(std::size_t queries, std::size_t keys, std::size_t dim, const T* q, const T* k, const T* v,
                          std::size_t stride) {
  std::vector<double> out(queries * dim);
  for (std::size_t i = 0; i < queries; ++i) {
    std::vector<double> weights(keys);
    double sum = 0;
    for (std::size_t j = 0; j < keys; ++j) {
      double dot = 0;
      for (std::size_t d = 0; d < dim; ++d) {
        dot += double{static_cast<float>(q[i * stride + d])} * static_cast<float>(k[j * stride + d]);
      }
      sum += weights[j] = std::exp(dot / std::sqrt(double(dim)));
    }
    for (std::size_t j = 0; j < keys; ++j) {
      for (std::size_t d = 0; d < dim; ++d) {
        out[i * dim + d] += weights[j] / sum * static_cast<float>(v[j * stride + d]);
      }
    }
  }
  return out;
}

struct Case {
  std::int64_t queries, keys, head_dim;
};

class AttentionShapes : public testing::TestWithParam<Case> {
 protected:
  // `tolerance`: of an output, whose size is about one.
  template <class T>
  void Check(double tolerance) const {
    const auto [queries, keys, head_dim] = GetParam();
    const std::int64_t stride = 3 * head_dim + 5;  // one head inside wider rows
    const auto rows = static_cast<std::size_t>(std::max(queries, keys));
    const auto qkv = Random<T>(rows * static_cast<std::size_t>(stride), 7);
    const T *q = qkv.data(), *k = q + head_dim, *v = k + head_dim;
    // Guard cells: nothing but the head's own columns may change.
    const std::int64_t out_stride = head_dim + 3;
    std::vector<T> out(static_cast<std::size_t>(queries * out_stride), T(77.0f));
    AttentionScratch scratch;
    Attention<T>(queries, keys, head_dim, {q, stride}, {k, stride}, {v, stride}, {out.data(), out_stride}, scratch);
    const auto expected = Plain(static_cast<std::size_t>(queries), static_cast<std::size_t>(keys),
                                static_cast<std::size_t>(head_dim), q, k, v, static_cast<std::size_t>(stride));
    for (std::int64_t i = 0; i < queries; ++i) {
      for (std::int64_t d = 0; d < out_stride; ++d) {
        const float found = static_cast<float>(out[static_cast<std::size_t>(i * out_stride + d)]);
        if (d >= head_dim) {
          ASSERT_EQ(found, 77.0f) << "written beyond the head";
          continue;
        }
        ASSERT_NEAR(found, expected[static_cast<std::size_t>(i * head_dim + d)], tolerance) << i << ' ' << d;
      }
    }
  }
};

TEST_P(AttentionShapes, F32EqualsPlainLoops) { Check<float>(2e-5); }
TEST_P(AttentionShapes, Bf16EqualsPlainLoopsUpToRounding) { Check<BFloat16>(0.03); }

INSTANTIATE_TEST_SUITE_P(Shapes, AttentionShapes,
                         testing::Values(Case{1, 1, 1}, Case{1, 2, 64}, Case{2, 2, 32}, Case{7, 7, 64}, Case{1, 33, 64},
                                         Case{25, 25, 64}, Case{16, 16, 16}, Case{17, 17, 9}, Case{31, 31, 20},
                                         Case{63, 63, 8}, Case{64, 64, 128}, Case{65, 65, 127}, Case{129, 129, 64},
                                         Case{255, 255, 64}, Case{512, 512, 64}, Case{300, 300, 33}));

TEST(Attention, SurvivesScoresThatOverflowExp) {
  const std::vector<float> q(64, 30.0f), k(2 * 64, 30.0f);
  std::vector<float> v(2 * 64, 1.0f), out(64);
  AttentionScratch scratch;
  Attention<float>(1, 2, 64, {q.data(), 64}, {k.data(), 64}, {v.data(), 64}, {out.data(), 64}, scratch);
  for (const float value : out) EXPECT_FLOAT_EQ(value, 1.0f);
}

TEST(Attention, ForgetsWhatTheScratchHeldBefore) {
  const auto qkv = Random<float>(40 * 64, 3);
  AttentionScratch used, fresh;
  const std::vector<float> poison(100 * 64, std::numeric_limits<float>::quiet_NaN());
  std::vector<float> ignored(100 * 64), a(5 * 64), b(5 * 64);
  const HeadRows<const float> bad{poison.data(), 64}, good{qkv.data(), 64};
  Attention<float>(100, 100, 64, bad, bad, bad, {ignored.data(), 64}, used);
  Attention<float>(5, 5, 64, good, good, good, {a.data(), 64}, used);
  Attention<float>(5, 5, 64, good, good, good, {b.data(), 64}, fresh);
  EXPECT_EQ(a, b);
}

TEST(Softmax, EqualsExpAndKeepsNanToItsRow) {
  const std::int64_t keys = 37, padded = 48;
  auto scores = Random<float>(3 * 48, 5);
  for (float& score : scores) score *= 20;  // some weights far below bf16's steps
  scores[50] = std::numeric_limits<float>::quiet_NaN();
  scores[3] = -1e30f;
  std::vector<BFloat16> weights(3 * 48, BFloat16(9.0f));
  std::vector<float> factors(3);
  Softmax(3, keys, padded, 0.25f, scores.data(), weights.data(), factors.data());
  EXPECT_TRUE(std::isnan(factors[1]));
  for (const std::size_t row : {0u, 2u}) {
    const float* const from = scores.data() + row * 48;
    const float largest = *std::max_element(from, from + keys);
    double sum = 0;
    for (std::int64_t i = 0; i < padded; ++i) {
      const double expected = i < keys ? std::exp(0.25 * (double{from[i]} - largest)) : 0.0;
      EXPECT_NEAR(static_cast<float>(weights[row * 48 + static_cast<std::size_t>(i)]), expected,
                  expected / 250 + 1e-37);
      sum += expected;
    }
    EXPECT_NEAR(factors[row] * sum, 1.0, 1e-6);
  }
}

}  // namespace
}  // namespace valence::internal
