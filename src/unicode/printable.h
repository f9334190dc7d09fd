// Makes any bytes printable in an error message: bounded, on one line, without control characters.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

namespace valence::internal {

// Whether `bytes` is well-formed UTF-8 (no surrogates, nothing overlong, nothing beyond U+10FFFF).
bool IsUtf8(std::string_view bytes);

// `bytes` in double quotes, at most `limit` bytes of them, then "..". Ill-formed bytes, control characters, quotes,
// backslashes and the invisible characters that reorder text become \xNN.
std::string Quoted(std::string_view bytes, std::size_t limit = 100);

// A path for the beginning of a message: as Quoted, but without the quotes, and at most 4096 bytes.
std::string Shown(const std::filesystem::path& path);

}  // namespace valence::internal
