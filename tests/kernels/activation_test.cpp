// Activation functions against the standard library's in double precision.
#include "kernels/activation.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <vector>

namespace valence::internal {
namespace {

TEST(Relu, TurnsNegativesIntoZeroAndKeepsTheRestAndNan) {
  std::vector<float> values = {-1.5f, 2.5f, -0.0f, std::numeric_limits<float>::quiet_NaN()};
  Relu(4, values.data());
  EXPECT_EQ(values[0], 0.0f);
  EXPECT_EQ(values[1], 2.5f);
  EXPECT_EQ(values[2], 0.0f);
  EXPECT_TRUE(std::isnan(values[3]));
}

TEST(Tanh, IsWithinAMillionthForAllSizesOfValues) {
  std::vector<float> values;
  for (float x = 1e-9f; x < 2e4f; x *= 1.003f) {
    values.push_back(x);
    values.push_back(-x);
  }
  auto found = values;
  Tanh(static_cast<std::int64_t>(found.size()), found.data());
  for (std::size_t i = 0; i < values.size(); ++i)
    ASSERT_NEAR(found[i], std::tanh(double{values[i]}), 1e-6) << values[i];
}

TEST(Tanh, KeepsNanEndsAtOneAndLeavesZero) {
  constexpr float kInf = std::numeric_limits<float>::infinity(), kMax = std::numeric_limits<float>::max();
  std::vector<float> values = {std::numeric_limits<float>::quiet_NaN(), kInf, -kInf, kMax, -kMax, 0.0f, -0.0f};
  Tanh(7, values.data());
  EXPECT_TRUE(std::isnan(values[0]));
  for (const std::size_t i : std::initializer_list<std::size_t>{1, 3}) EXPECT_EQ(values[i], 1.0f);
  for (const std::size_t i : std::initializer_list<std::size_t>{2, 4}) EXPECT_EQ(values[i], -1.0f);
  EXPECT_EQ(values[5], 0.0f);
  EXPECT_EQ(values[6], 0.0f);
}

// A vector of 16 and its tails: what a value becomes does not depend on where it stands, and nothing behind is written.
TEST(Tanh, GivesTheSameBitsForEveryCount) {
  for (std::int64_t count = 0; count < 40; ++count) {
    std::vector<float> values(50, 7.0f);
    for (std::int64_t i = 0; i < count; ++i) values[static_cast<std::size_t>(i)] = 0.37f;
    Tanh(count, values.data());
    float alone = 0.37f;
    Tanh(1, &alone);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const float expected = static_cast<std::int64_t>(i) < count ? alone : 7.0f;
      ASSERT_EQ(std::memcmp(&values[i], &expected, sizeof expected), 0) << i << " of " << count;
    }
  }
}

}  // namespace
}  // namespace valence::internal
