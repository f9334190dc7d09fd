// Activation functions against transformers' and the standard library's in double precision and better.
#include "kernels/activation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <set>
#include <string>
#include <vector>

#include "reference/activation.h"

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

constexpr auto kLastActivation = static_cast<int>(Activation::kTanh);

// How far a result may lie from the exact one: what a change of two units in the last place of x makes, four units in
// the last place of the result, and the error of erf where it is used.
long double Tolerance(Activation activation, long double x) {
  constexpr long double kUnit = 0x1p-23L;
  const long double exact = ReferenceActivation(activation, x);
  const long double by_x = std::abs(ReferenceActivation(activation, x * (1 + 2 * kUnit)) - exact);
  const bool has_erf = activation == Activation::kGelu || activation == Activation::kClippedGelu;
  const long double by_erf = has_erf ? 2e-7L * std::abs(x) : activation == Activation::kLaplace ? 2e-7L : 0;
  return by_x + 4 * kUnit * std::abs(exact) + by_erf + (activation == Activation::kRootSoftplus ? 2e-19L : 1e-35L);
}

// `slack`: what `exact` itself may be off by.
void ExpectNear(Activation activation, float x, long double exact, float found, long double slack = 0) {
  if (std::isnan(exact)) {
    EXPECT_TRUE(std::isnan(found)) << ToString(activation) << " of " << x << ": " << found;
  } else if (std::abs(exact) > std::numeric_limits<float>::max()) {
    EXPECT_EQ(found, static_cast<float>(exact)) << ToString(activation) << " of " << x;  // infinity
  } else {
    EXPECT_LE(std::abs(found - exact), Tolerance(activation, x) + slack)
        << ToString(activation) << " of " << x << ": expected " << exact << ", found " << found;
  }
}

float Activated(Activation activation, float x) {
  Activate(activation, 1, &x);
  return x;
}

// tests/data/activations.py writes the file.
TEST(Activations, AreThoseOfTransformersByItsNames) {
  std::ifstream file(VALENCE_TEST_DATA "/activations.txt");
  std::set<std::string> names;
  std::set<Activation> functions;
  for (std::string name, x, y; file >> name >> x >> y;) {
    names.insert(name);
    const auto activation = FindActivation(name);
    ASSERT_TRUE(activation) << name;
    functions.insert(*activation);
    const float value = std::strtof(x.c_str(), nullptr);
    const double expected = std::strtod(y.c_str(), nullptr);
    const double slack = 1e-8 * std::abs(expected) + 1e-15 * std::abs(value);  // of 1 + tanh in f64, of the digits
    ExpectNear(*activation, value, expected, Activated(*activation, value), slack);
    // The reference of the other tests.
    const double reference = ReferenceActivation(*activation, double{value});
    if (std::isfinite(expected)) {
      EXPECT_NEAR(reference, expected, slack) << name << " of " << x;
    } else {
      EXPECT_EQ(std::isnan(reference), std::isnan(expected)) << name << " of " << x;
    }
  }
  EXPECT_EQ(functions.size(), static_cast<std::size_t>(kLastActivation) + 1);
  std::set<std::string> listed;
  std::string list = ActivationNames() + ", ";
  for (std::size_t end = 0; (end = list.find(", ")) != list.npos; list.erase(0, end + 2)) {
    listed.insert(list.substr(0, end));
  }
  EXPECT_EQ(listed, names);
}

TEST(Activations, AreFoundByWholeNamesOnly) {
  for (const char* name : {"", "GELU", "gelu ", "gel", "gelu_", "prelu", "xielu", "softplus"}) {
    EXPECT_FALSE(FindActivation(name)) << name;
  }
}

class EveryActivation : public testing::TestWithParam<int> {
 protected:
  const Activation activation_ = static_cast<Activation>(GetParam());
};

TEST_P(EveryActivation, IsExactOverTheWholeRange) {
  std::vector<float> values;
  for (float x = 1e-42f; x<3e38f; x *= x> 1e-3f && x < 200 ? 1.0007f : 1.09f) {
    values.push_back(x);
    values.push_back(-x);
  }
  auto found = values;
  Activate(activation_, static_cast<std::int64_t>(found.size()), found.data());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ExpectNear(activation_, values[i], ReferenceActivation<long double>(activation_, values[i]), found[i]);
    if (HasFailure()) return;
  }
}

// Also what stands behind the last one stays as it was.
TEST_P(EveryActivation, GivesTheSameBitsForEveryCount) {
  for (const float x : {0.37f, -2.5f, std::numeric_limits<float>::quiet_NaN()}) {
    const float alone = Activated(activation_, x);
    for (std::int64_t count = 0; count < 40; ++count) {
      std::vector<float> values(50, 7.0f);
      std::fill_n(values.begin(), count, x);
      Activate(activation_, count, values.data());
      for (std::size_t i = 0; i < values.size(); ++i) {
        const float expected = static_cast<std::int64_t>(i) < count ? alone : 7.0f;
        ASSERT_EQ(std::memcmp(&values[i], &expected, sizeof expected), 0) << i << " of " << count;
      }
    }
  }
}

TEST_P(EveryActivation, OfBf16IsThatOfF32Rounded) {
  std::vector<BFloat16> values;
  for (std::uint32_t bits = 0; bits < 0x10000; ++bits) {
    values.push_back(BFloat16(std::bit_cast<float>(bits << 16)));
  }
  auto found = values;
  Activate(activation_, static_cast<std::int64_t>(found.size()) - 3, found.data());  // a last vector in part
  std::copy(values.end() - 3, values.end(), found.end() - 3);
  for (std::size_t i = 0; i + 3 < values.size(); ++i) {
    const BFloat16 expected(Activated(activation_, static_cast<float>(values[i])));
    if (std::isnan(static_cast<float>(expected))) {  // its sign and payload are nobody's promise
      ASSERT_TRUE(std::isnan(static_cast<float>(found[i]))) << static_cast<float>(values[i]);
    } else {
      ASSERT_EQ(std::memcmp(&found[i], &expected, sizeof expected), 0) << static_cast<float>(values[i]);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, EveryActivation, testing::Range(0, kLastActivation + 1),
                         [](const auto& tested) { return ToString(static_cast<Activation>(tested.param)); });

}  // namespace
}  // namespace valence::internal
