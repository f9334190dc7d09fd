// The types of the elements of weights and activations.
#pragma once

#include <cstddef>
#include <cstdint>

#include "cpu/bfloat16.h"

namespace valence::internal {

enum class DataType { kF64, kF32, kF16, kBf16, kS8 };

// Of one element, in bytes.
constexpr std::size_t SizeOf(DataType type) {
  switch (type) {
    case DataType::kF64:
      return 8;
    case DataType::kF32:
      return 4;
    case DataType::kF16:
    case DataType::kBf16:
      return 2;
    case DataType::kS8:
      return 1;
  }
  __builtin_unreachable();
}

// "f64", "f32", "f16", "bf16" or "s8".
constexpr const char* ToString(DataType type) {
  switch (type) {
    case DataType::kF64:
      return "f64";
    case DataType::kF32:
      return "f32";
    case DataType::kF16:
      return "f16";
    case DataType::kBf16:
      return "bf16";
    case DataType::kS8:
      return "s8";
  }
  __builtin_unreachable();
}

// The DataType of a C++ type.
template <class T>
inline constexpr DataType kDataTypeOf = [] {
  static_assert(sizeof(T) == 0, "no DataType stands for this type");
  return DataType();
}();
template <>
inline constexpr DataType kDataTypeOf<float> = DataType::kF32;
template <>
inline constexpr DataType kDataTypeOf<BFloat16> = DataType::kBf16;
template <>
inline constexpr DataType kDataTypeOf<std::int8_t> = DataType::kS8;

}  // namespace valence::internal
