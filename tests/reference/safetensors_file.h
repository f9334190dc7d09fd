// Tensors in memory, and a writer and reader of safetensors files that share nothing with the library's.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace valence::internal {

// Values in row-major order; their number is the product of the shape.
struct ReferenceTensor {
  std::vector<std::int64_t> shape;
  std::vector<float> values;
};
using ReferenceTensors = std::map<std::string, ReferenceTensor>;  // by published name

// How a file stores its numbers: "F64", "F32", "F16" or "BF16". Rounds to the nearest, ties to even.
float RoundedTo(const std::string& dtype, float value);

// Every tensor in that dtype; tensors named in `other_dtypes` in theirs (any name; 4 bytes an element but for F64
// and the two halves), to make files that must be refused.
void WriteSafetensors(const std::filesystem::path& path, const ReferenceTensors& tensors, const std::string& dtype,
                      const std::map<std::string, std::string>& other_dtypes = {});

// Reads F32, F16 and BF16. Trusts the file.
ReferenceTensors ReadSafetensors(const std::filesystem::path& path);

}  // namespace valence::internal
