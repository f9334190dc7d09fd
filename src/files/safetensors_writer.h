// Writes a safetensors file whose tensors are known before their bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "files/folder_writer.h"

namespace valence::internal {

struct PlannedTensor {
  std::string name;
  std::string dtype;  // as in the file: "BF16"
  std::vector<std::uint64_t> shape;
  std::size_t bytes;  // as shape and dtype call for
};

class SafetensorsWriter {
 public:
  // As the format's own writer: the widest types first, so that every tensor is aligned, then by name.
  explicit SafetensorsWriter(std::vector<PlannedTensor> tensors);

  std::size_t bytes() const { return bytes_; }  // of the whole file

  // Creates the file and writes the header. Throws Error kRuntime, as all that follow.
  void Open(const std::filesystem::path& path);
  // Bytes from `offset` on of a tensor.
  void Write(const std::string& name, std::size_t offset, std::span<const std::byte> bytes);
  void Finish() { file_->Finish(); }

 private:
  std::string header_;
  std::map<std::string, std::size_t> places_;  // of each tensor in the file
  std::size_t bytes_ = 0;
  std::optional<NewFile> file_;
};

}  // namespace valence::internal
