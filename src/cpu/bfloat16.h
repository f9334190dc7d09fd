// bf16: the upper half of a float, rounded to nearest even.
#pragma once

#include <bit>
#include <cstdint>

namespace valence::internal {

struct BFloat16 {
  std::uint16_t bits = 0;

  BFloat16() = default;
  explicit BFloat16(float value) {
    const auto word = std::bit_cast<std::uint32_t>(value);
    const bool is_nan = (word & 0x7fffffffu) > 0x7f800000u;
    // Rounding a NaN could carry into the sign and give zero, so a NaN stays a (quiet) NaN.
    bits = static_cast<std::uint16_t>(is_nan ? (word >> 16) | 0x40u : (word + 0x7fffu + ((word >> 16) & 1u)) >> 16);
  }
  explicit operator float() const { return std::bit_cast<float>(std::uint32_t{bits} << 16); }
};
static_assert(sizeof(BFloat16) == 2);

}  // namespace valence::internal
