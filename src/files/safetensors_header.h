// The JSON header of a safetensors file, read as events: nothing is kept but what it says of the tensors.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "files/safetensors.h"

namespace valence::internal {

// An element type of the format.
struct DtypeInfo {
  const char* name;
  unsigned bits;                  // of one element; some are no whole byte
  std::optional<DataType> dtype;  // none: known by name and size only
};

// What the header says of one tensor, not yet checked against the data.
struct HeaderEntry {
  const DtypeInfo* dtype = nullptr;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  // in bytes from the end of the header
};

using HeaderEntries = std::map<std::string, HeaderEntry, std::less<>>;

// Accepts what safetensors' own reader (0.8.0) accepts, white space around the object and unknown fields of a tensor
// included, but for three things its JSON library lets through: a tensor or metadata key that stands twice, a
// tensor written as an array in place of an object, and a dtype written as an object in place of a string.
// Throws Error: kInvalidHeader, kInvalidHeaderDeserialization, kDuplicateTensor; `path` is for the message.
HeaderEntries ReadSafetensorsHeader(std::string_view header, const std::filesystem::path& path);

}  // namespace valence::internal
