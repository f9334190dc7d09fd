// Checks and converts the arguments of the C interface. Every function throws Error kInvalidArgument naming the
// argument.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

#include "valence/c.h"
#include "valence/valence.h"

namespace valence::internal {

[[noreturn]] void ThrowArgument(const std::string& message);

void CheckPointer(const char* name, const void* pointer);

// Copies a struct whose caller may have been compiled with another version of c.h. Fields that the caller's version
// lacks are zero in the copy; fields that this version lacks must be zero in the caller's struct.
template <class Struct>
Struct CopyKnownFields(const char* name, const Struct* given) {
  constexpr std::size_t kLargest = 4096;  // a size that nobody set is likely to be larger, or 0
  CheckPointer(name, given);
  if (given->size < sizeof given->size || given->size > kLargest) {
    ThrowArgument(std::string(name) + ".size: expected " + std::to_string(sizeof(Struct)) + ", found " +
                  std::to_string(given->size));
  }
  const char* const bytes = reinterpret_cast<const char*>(given);
  for (std::size_t i = sizeof(Struct); i < given->size; ++i) {
    if (bytes[i] != 0) ThrowArgument(std::string(name) + ": a field is set that this version of the library lacks");
  }
  Struct known{};
  std::memcpy(&known, given, std::min(given->size, sizeof(Struct)));
  return known;
}

// Defaults for null.
Options ConvertOptions(const valence_options* given);
QuantizeOptions ConvertQuantizeOptions(const valence_quantize_options* given);

// How many bytes of a UTF-8 sequence the text's end cuts off from its rest; 0 if none.
std::size_t BytesOfCutSequence(std::string_view text);

// Catches a length in characters instead of bytes, and a buffer that was cut inside a character.
// `name` returns the argument's name; it is called for an error only.
template <class Name>
std::string_view CheckText(valence_text text, Name&& name) {
  if (text.size == 0) return {};
  if (text.data == nullptr) CheckPointer((name() + ".data").c_str(), nullptr);
  const std::string_view view(text.data, text.size);
  if (const std::size_t cut = BytesOfCutSequence(view); cut > 0) {
    ThrowArgument(name() + ".size: expected the end of a UTF-8 sequence, found " + std::to_string(text.size) +
                  ", which is " + std::to_string(cut) + " byte(s) into one");
  }
  return view;
}

}  // namespace valence::internal
