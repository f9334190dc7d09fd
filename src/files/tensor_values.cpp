// Every element type that a weight may have, to f32.
#include "files/tensor_values.h"

#include <bit>
#include <cstring>

#include "cpu/data_type.h"

namespace valence::internal {
namespace {

// IEEE 754 binary16.
float HalfToFloat(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu, mantissa = half & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign == 0 ? value : -value;
  }
  const std::uint32_t wide = exponent == 31 ? 255u : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (wide << 23) | (mantissa << 13));
}

// Elements from `first` on of a type that is no integer. The bytes need not be aligned.
void ReadFloats(const TensorView& tensor, std::size_t first, std::span<float> to) {
  const std::byte* const from = tensor.data.data() + first * SizeOf(*tensor.dtype);
  // Element by element: Stored is the type of the bits in the file.
  const auto convert = [&]<class Stored>(Stored stored, const auto& to_float) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::memcpy(&stored, from + i * sizeof stored, sizeof stored);
      to[i] = to_float(stored);
    }
  };
  switch (*tensor.dtype) {
    case DataType::kF64:
      return convert(double(), [](double value) { return static_cast<float>(value); });
    case DataType::kF32:
      std::memcpy(to.data(), from, to.size_bytes());
      return;
    case DataType::kF16:
      return convert(std::uint16_t(), HalfToFloat);
    case DataType::kBf16:
      return convert(std::uint16_t(),
                     [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
    case DataType::kS8:
      break;  // by ReadValues
  }
}

}  // namespace

void ReadValues(const NamedTensor& tensor, std::size_t first, std::span<float> to) {
  if (tensor.view->dtype != DataType::kS8) return ReadFloats(*tensor.view, first, to);
  const auto values = Int8Values(tensor);
  const auto columns = static_cast<std::size_t>(tensor.view->shape.back());
  float scale = 0;
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (i == 0 || (first + i) % columns == 0) ReadFloats(*tensor.scales, (first + i) / columns, {&scale, 1});
    to[i] = scale * static_cast<float>(values[first + i]);
  }
}

std::span<const std::int8_t> Int8Values(const NamedTensor& tensor) {
  const auto data = tensor.view->data;
  return {reinterpret_cast<const std::int8_t*>(data.data()), data.size()};
}

}  // namespace valence::internal
