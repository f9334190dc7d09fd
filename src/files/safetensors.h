// The safetensors file format: a JSON header that names the tensors, then their bytes end to end.
// Format and checks: huggingface/safetensors, README.md "Format" and safetensors/src/tensor.rs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cpu/data_type.h"
#include "files/mapped_file.h"

namespace valence::internal {

// One tensor of an open file. `data` is little-endian, row-major and not necessarily aligned.
struct TensorView {
  std::optional<DataType> dtype;     // none: a type of the format that no weight may have
  std::string dtype_name;            // as in the file: "BF16"
  std::vector<std::uint64_t> shape;  // [] is a scalar
  std::span<const std::byte> data;
  std::shared_ptr<const MappedFile> file;  // that holds the data, and keeps it mapped
};

class Safetensors {
 public:
  // Maps the file and checks the whole header; no tensor data is read.
  // Throws Error: kFileNotFound, kFileUnreadable, or the code of the rule broken, kHeaderTooSmall onwards.
  static Safetensors Open(const std::filesystem::path& path);

  // Several files as one, whose tensors have different names; `path` is for messages about tensors that are missing.
  // Throws Error kDuplicateTensor naming two files and the tensor.
  static Safetensors Join(const std::filesystem::path& path, std::vector<Safetensors> files);

  // Throws Error kMissingTensor naming the file and the tensor.
  const TensorView& Get(std::string_view name) const;
  bool Has(std::string_view name) const;
  const std::map<std::string, TensorView, std::less<>>& tensors() const { return tensors_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::map<std::string, TensorView, std::less<>> tensors_;
};

}  // namespace valence::internal
