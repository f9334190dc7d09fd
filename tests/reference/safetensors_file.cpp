// Format: huggingface/safetensors, README.md: header length, JSON header, data.
#include "reference/safetensors_file.h"

#include <Eigen/Core>
#include <bit>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <stdexcept>

namespace valence::internal {
namespace {

template <class Half>
std::uint16_t Bits(float value) {
  return std::bit_cast<std::uint16_t>(Half(value));
}

template <class Half>
float FromBits(std::uint16_t bits) {
  return static_cast<float>(std::bit_cast<Half>(bits));
}

void Append(std::string& data, const std::string& dtype, float value) {
  char bytes[8];
  std::size_t size = 2;
  if (dtype == "F16" || dtype == "BF16") {
    const std::uint16_t bits = dtype == "F16" ? Bits<Eigen::half>(value) : Bits<Eigen::bfloat16>(value);
    std::memcpy(bytes, &bits, size);
  } else if (dtype == "F64") {
    size = 8;
    const double wide = value;
    std::memcpy(bytes, &wide, size);
  } else {
    size = 4;
    std::memcpy(bytes, &value, size);
  }
  data.append(bytes, size);
}

}  // namespace

float RoundedTo(const std::string& dtype, float value) {
  if (dtype == "F16") return static_cast<float>(Eigen::half(value));
  if (dtype == "BF16") return static_cast<float>(Eigen::bfloat16(value));
  return value;
}

void WriteSafetensors(const std::filesystem::path& path, const ReferenceTensors& tensors, const std::string& dtype,
                      const std::map<std::string, std::string>& other_dtypes) {
  nlohmann::json header;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const auto other = other_dtypes.find(name);
    const std::string& stored = other == other_dtypes.end() ? dtype : other->second;
    const std::size_t begin = data.size();
    for (const float value : tensor.values) Append(data, stored, value);
    header[name] = {{"dtype", stored}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const std::uint64_t length = text.size();
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&length), sizeof length);
  file << text << data;
  file.close();
  if (!file) throw std::runtime_error("cannot write " + path.string());
}

ReferenceTensors ReadSafetensors(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream content;
  content << file.rdbuf();
  const std::string bytes = content.str();
  std::uint64_t length = 0;
  if (bytes.size() < sizeof length) throw std::runtime_error("cannot read " + path.string());
  std::memcpy(&length, bytes.data(), sizeof length);
  const std::size_t start = sizeof length + length;
  const auto header = nlohmann::json::parse(bytes.substr(sizeof length, length));

  ReferenceTensors tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    ReferenceTensor& tensor = tensors[name];
    entry.at("shape").get_to(tensor.shape);
    const std::string dtype = entry.at("dtype");
    const std::size_t begin = entry.at("data_offsets").at(0), end = entry.at("data_offsets").at(1);
    const std::size_t size = dtype == "F32" ? 4 : 2;
    for (std::size_t at = start + begin; at < start + end; at += size) {
      std::uint16_t bits = 0;
      float value = 0;
      if (size == 4) {
        std::memcpy(&value, bytes.data() + at, 4);
      } else {
        std::memcpy(&bits, bytes.data() + at, 2);
        value = dtype == "F16" ? FromBits<Eigen::half>(bits) : FromBits<Eigen::bfloat16>(bits);
      }
      tensor.values.push_back(value);
    }
  }
  return tensors;
}

}  // namespace valence::internal
