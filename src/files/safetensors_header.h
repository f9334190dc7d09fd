// Reads the JSON header of a safetensors file as parser events, without building a JSON tree.
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

// What the header says about one tensor, not yet checked against the data.
struct HeaderEntry {
  const DtypeInfo* dtype = nullptr;
  std::vector<std::uint64_t> shape;
  std::uint64_t begin = 0, end = 0;  // in bytes from the end of the header
};

using HeaderEntries = std::map<std::string, HeaderEntry, std::less<>>;

// Accepts what safetensors' own reader (0.8.0) accepts, including white space around the object and unknown fields of a
// tensor, with three exceptions that its JSON library accepts: a tensor or metadata key that occurs twice, a tensor
// written as an array instead of an object, and a dtype written as an object instead of a string.
// Throws Error: kInvalidHeader, kInvalidHeaderDeserialization, kDuplicateTensor; `path` is for the message.
HeaderEntries ReadSafetensorsHeader(std::string_view header, const std::filesystem::path& path);

}  // namespace valence::internal
