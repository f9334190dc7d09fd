// A safetensors file as bytes by name, to change some of them. Trusts the file.
#pragma once

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace valence::internal {

struct RawTensor {
  std::string dtype;
  std::vector<std::uint64_t> shape;
  std::string bytes;

  // The bytes of that element, for one of `size` bytes.
  template <class T>
  void Set(std::size_t element, T value) {
    std::memcpy(bytes.data() + element * sizeof value, &value, sizeof value);
  }
};
using RawTensors = std::map<std::string, RawTensor>;

inline RawTensors ReadRawSafetensors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(file), {});
  std::uint64_t length = 0;
  std::memcpy(&length, content.data(), sizeof length);
  RawTensors tensors;
  const auto header = nlohmann::json::parse(content.substr(8, length));
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const std::size_t begin = entry["data_offsets"][0], end = entry["data_offsets"][1];
    tensors[name] = {entry["dtype"], entry["shape"], content.substr(8 + length + begin, end - begin)};
  }
  return tensors;
}

inline void WriteRawSafetensors(const std::filesystem::path& path, const RawTensors& tensors) {
  nlohmann::json header = nlohmann::json::object();
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    header[name] = {{"dtype", tensor.dtype},
                    {"shape", tensor.shape},
                    {"data_offsets", {data.size(), data.size() + tensor.bytes.size()}}};
    data += tensor.bytes;
  }
  const std::string text = header.dump();
  const std::uint64_t length = text.size();
  std::filesystem::remove(path);
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << text << data;
}

}  // namespace valence::internal
