// UTF-8 to code points and back. What is ill-formed becomes U+FFFD, one for each maximal ill-formed subsequence.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace valence::internal {

inline constexpr char32_t kReplacement = 0xfffd;
inline constexpr std::size_t kMaxUtf8Length = 4;

struct DecodedCodePoint {
  char32_t code_point;
  std::size_t length;  // bytes it took; never 0
};

// The code point at `begin` < `end`, by "substitution of maximal subparts" (The Unicode Standard, section 3.9): an
// incomplete sequence is one U+FFFD and ends before the byte that cannot continue it; that byte begins the next one.
inline DecodedCodePoint DecodeUtf8(const char* begin, const char* end) {
  const auto lead = static_cast<unsigned char>(*begin);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xc2 || lead > 0xf4) return {kReplacement, 1};
  const std::size_t length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  // The range of the second byte excludes overlong forms, surrogates and code points above U+10FFFF.
  unsigned char low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  unsigned char high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  char32_t code_point = lead & (0x7fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    if (begin + i == end) return {kReplacement, i};
    const auto byte = static_cast<unsigned char>(begin[i]);
    if (byte < low || byte > high) return {kReplacement, i};
    code_point = (code_point << 6) | (byte & 0x3fu);
    low = 0x80;
    high = 0xbf;
  }
  return {code_point, length};
}

// The code point that ends right before `at`, where `begin` < `at`.
inline char32_t CodePointBefore(const char* begin, const char* at) {
  // The longest sequence first: the last byte of a well-formed sequence is ill-formed alone.
  for (std::size_t length = kMaxUtf8Length; length > 0; --length) {
    if (static_cast<std::size_t>(at - begin) < length) continue;
    const DecodedCodePoint decoded = DecodeUtf8(at - length, at);
    if (decoded.length == length) return decoded.code_point;
  }
  return kReplacement;
}

// Writes at most kMaxUtf8Length bytes and returns how many.
inline std::size_t EncodeUtf8(char32_t c, char* out) {
  if (c < 0x80) {
    out[0] = static_cast<char>(c);
    return 1;
  }
  const std::size_t length = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
  for (std::size_t i = length - 1; i > 0; --i, c >>= 6) out[i] = static_cast<char>(0x80u | (c & 0x3fu));
  out[0] = static_cast<char>((0xf00u >> length & 0xffu) | c);
  return length;
}

inline void AppendUtf8(char32_t c, std::string& text) {
  char bytes[kMaxUtf8Length];
  text.append(bytes, EncodeUtf8(c, bytes));
}

inline bool IsUtf8Continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xc0u) == 0x80u; }

// The code points of well-formed UTF-8.
inline std::size_t CountCodePoints(std::string_view text) {
  std::size_t count = 0;
  for (const char byte : text) count += !IsUtf8Continuation(byte);
  return count;
}

// Calls visit with every code point of the text, in order.
template <class Visit>
void ForEachCodePoint(std::string_view text, Visit&& visit) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const DecodedCodePoint decoded = DecodeUtf8(p, end);
    visit(decoded.code_point);
    p += decoded.length;
  }
}

}  // namespace valence::internal
