// The f32 kernels give the same bits on every instruction set that fuses multiplication and addition.
#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "kernels/activation.h"
#include "kernels/attention.h"
#include "kernels/norm.h"
#include "kernels/random.h"
#include "kernels/targets.h"

namespace valence::internal {
namespace {

std::vector<float> Spread(std::int64_t count, unsigned seed) { return Random(count, seed, 0.5f, 2.0f); }

// What `run` returns on each target must be, byte by byte, what it returns on AVX2.
template <class Run>
void ExpectSameBits(const Run& run) {
  const auto targets = FusingTargets();
  if (targets.size() < 2) GTEST_SKIP() << "one instruction set with fused multiply-add on this CPU";
  std::vector<float> first;
  for (const std::int64_t target : targets) {
    const UseTarget use(target);
    ASSERT_STREQ(KernelTarget(), hwy::TargetName(target));
    const std::vector<float> values = run();
    if (first.empty()) first = values;
    ASSERT_EQ(std::memcmp(values.data(), first.data(), values.size() * sizeof(float)), 0) << hwy::TargetName(target);
  }
}

TEST(SameBits, OfNormsOnEveryInstructionSet) {
  for (const std::int64_t dim : {1, 7, 18, 64, 100, 384, 768, 1027}) {
    ExpectSameBits([&] {
      auto hidden = Spread(3 * dim, 1);
      const auto update = Spread(3 * dim, 2), gamma = Spread(dim, 3), beta = Spread(dim, 4);
      std::vector<float> operand(hidden.size());
      AddNorm(3, dim, update.data(), {gamma.data(), beta.data(), 1e-12f}, hidden.data(),
              OperandView<float>::Plain(operand.data(), dim));
      return operand;
    });
  }
}

TEST(SameBits, OfInt8EmbeddingsOnEveryInstructionSet) {
  for (const std::int64_t dim : {1, 7, 18, 64, 100, 384}) {
    ExpectSameBits([&] {
      const auto positions = Spread(2 * dim, 2), gamma = Spread(dim, 3), beta = Spread(dim, 4), scales = Spread(2, 5);
      std::vector<std::int8_t> words(static_cast<std::size_t>(2 * dim));
      for (std::size_t i = 0; i < words.size(); ++i) words[i] = static_cast<std::int8_t>(i * 37 % 256);
      const std::vector<std::int32_t> ids = {1, 0};
      std::vector<float> hidden(words.size()), operand(words.size());
      EmbedNorm(2, dim, ids.data(), ids.data(), Int8Words{words.data(), scales.data()}, positions.data(),
                {gamma.data(), beta.data(), 1e-12f}, hidden.data(), OperandView<float>::Plain(operand.data(), dim));
      return operand;
    });
  }
}

TEST(SameBits, OfTanhOnEveryInstructionSet) {
  ExpectSameBits([] {
    auto values = Spread(1027, 5);
    Tanh(1027, values.data());
    return values;
  });
}

TEST(SameBits, OfActivationsOnEveryInstructionSet) {
  for (int i = 0; i <= static_cast<int>(Activation::kTanh); ++i) {
    ExpectSameBits([i] {
      auto values = Spread(1027, 6);
      Activate(static_cast<Activation>(i), 1027, values.data());
      return values;
    });
  }
}

TEST(SameBits, OfAttentionOnEveryInstructionSet) {
  for (const std::int64_t tokens : {1, 2, 7, 16, 25, 40, 131}) {
    for (const std::int64_t head_dim : {3, 32, 64, 128}) {
      ExpectSameBits([&] {
        const auto q = Spread(tokens * head_dim, 1), k = Spread(tokens * head_dim, 2), v = Spread(tokens * head_dim, 3);
        std::vector<float> out(q.size());
        AttentionScratch scratch;
        Attention<float>(tokens, tokens, head_dim, {q.data(), head_dim}, {k.data(), head_dim}, {v.data(), head_dim},
                         {out.data(), head_dim}, scratch);
        return out;
      });
    }
  }
}

}  // namespace
}  // namespace valence::internal
