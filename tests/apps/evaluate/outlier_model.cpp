// outlier_model MODEL OUT: the model with outliers. In every layer one column of each head's values is 4096 times as
// large and what reads it as much smaller: the same function in f32, but in int8 that column leaves the others of its
// row no bits. For DistilBERT folders with weights in BF16; a factor of 2 to the 12 is exact there.
#include <cmath>
#include <cstdint>
#include <cstring>
#include <exception>
#include <iostream>

#include "reference/raw_safetensors.h"

namespace {

using valence::internal::RawTensor;

constexpr int kExponent = 12, kHeadColumns = 32;

// Multiplies a bf16 element by a power of two.
void Scale(RawTensor& tensor, std::size_t element, int exponent) {
  std::uint16_t bits;
  std::memcpy(&bits, tensor.bytes.data() + 2 * element, sizeof bits);
  const std::uint32_t wide = std::uint32_t{bits} << 16;
  float value;
  std::memcpy(&value, &wide, sizeof value);
  value = std::ldexp(value, exponent);
  std::uint32_t scaled;
  std::memcpy(&scaled, &value, sizeof scaled);
  tensor.Set(element, static_cast<std::uint16_t>(scaled >> 16));
}

void AddOutliers(valence::internal::RawTensors& tensors) {
  for (auto& [name, weight] : tensors) {
    const auto values = name.find("attention.v_lin.weight");
    if (values == std::string::npos) continue;
    const std::string layer = name.substr(0, values);
    RawTensor &bias = tensors.at(layer + "attention.v_lin.bias"), &out = tensors.at(layer + "attention.out_lin.weight");
    const std::size_t dim = weight.shape[1];
    for (std::size_t j = 0; j < dim; j += kHeadColumns) {
      for (std::size_t i = 0; i < dim; ++i) {
        Scale(weight, j * dim + i, kExponent);
        Scale(out, i * dim + j, -kExponent);
      }
      Scale(bias, j, kExponent);
    }
  }
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 3) return 2;
  const std::filesystem::path model = argv[1], out = argv[2];
  std::filesystem::create_directory(out);
  for (const char* const file : {"config.json", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}) {
    std::filesystem::copy_file(model / file, out / file);
  }
  auto tensors = valence::internal::ReadRawSafetensors(model / "model.safetensors");
  AddOutliers(tensors);
  WriteRawSafetensors(out / "model.safetensors", tensors);
  return 0;
} catch (const std::exception& error) {
  std::cerr << error.what() << '\n';
  return 1;
}
