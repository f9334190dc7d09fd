// Operands for the kernels' tests.
#pragma once

#include <concepts>
#include <cstddef>
#include <random>
#include <vector>

namespace valence::internal {

// Normally distributed; the same for the same seed. count: std::int64_t, std::size_t or int, as the caller has it.
inline std::vector<float> Random(std::integral auto count, unsigned seed, float mean = 0.0f, float deviation = 1.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(generator);
  return values;
}

}  // namespace valence::internal
