// Operands for the kernels' tests.
#pragma once

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace valence::internal {

// Normally distributed; the same for the same seed.
inline std::vector<float> Random(std::int64_t count, unsigned seed, float mean = 0.0f, float deviation = 1.0f) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> normal(mean, deviation);
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& value : values) value = normal(generator);
  return values;
}

}  // namespace valence::internal
