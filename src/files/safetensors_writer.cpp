// Format and order: huggingface/safetensors, safetensors/src/tensor.rs, function prepare.
#include "files/safetensors_writer.h"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace valence::internal {
namespace {

std::uint64_t Elements(const PlannedTensor& tensor) {
  std::uint64_t elements = 1;
  for (const std::uint64_t dimension : tensor.shape) elements *= dimension;
  return elements;
}

// Bytes of an element; 0 for a tensor without elements.
std::uint64_t Width(const PlannedTensor& tensor) { return tensor.bytes == 0 ? 0 : tensor.bytes / Elements(tensor); }

}  // namespace

SafetensorsWriter::SafetensorsWriter(std::vector<PlannedTensor> tensors) {
  std::sort(tensors.begin(), tensors.end(), [](const PlannedTensor& a, const PlannedTensor& b) {
    return std::pair(Width(b), a.name) < std::pair(Width(a), b.name);
  });
  nlohmann::ordered_json header;
  header["__metadata__"] = {{"format", "pt"}};  // transformers asks for it
  std::size_t end = 0;
  for (const PlannedTensor& tensor : tensors) {
    header[tensor.name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {end, end + tensor.bytes}}};
    places_[tensor.name] = end;
    end += tensor.bytes;
  }
  const std::string text = header.dump();
  const std::uint64_t length = (text.size() + 7) / 8 * 8;
  for (int shift = 0; shift < 64; shift += 8) header_ += static_cast<char>(length >> shift & 0xff);
  header_ += text + std::string(length - text.size(), ' ');
  for (auto& [name, place] : places_) place += header_.size();
  bytes_ = header_.size() + end;
}

void SafetensorsWriter::Open(const std::filesystem::path& path) {
  file_.emplace(path, bytes_);
  file_->Write(0, std::as_bytes(std::span(header_)));
}

void SafetensorsWriter::Write(const std::string& name, std::size_t offset, std::span<const std::byte> bytes) {
  file_->Write(places_.at(name) + offset, bytes);
}

}  // namespace valence::internal
