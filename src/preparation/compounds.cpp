// Where words begin and end for the preparation of a text.
#include "preparation/compounds.h"

#include <algorithm>
#include <array>

#include "unicode/properties.h"
#include "unicode/utf8.h"

namespace valence::internal {
namespace {

constexpr char32_t kRightQuote = 0x2019;  // the typographic apostrophe

// The byte after the joiner at `at`; null if there is none.
const char* AfterJoiner(const char* at, const char* end) {
  if (at == end) return nullptr;
  const DecodedCodePoint decoded = DecodeUtf8(at, end);
  const bool joins = decoded.code_point == kRightQuote ||
                     (decoded.code_point < 0x80 && std::string_view("'.-+%").find(*at) != std::string_view::npos);
  return joins ? at + decoded.length : nullptr;
}

char LowerAscii(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool IsWordCode(char32_t c) {
  static constexpr auto kAscii = [] {
    std::array<bool, 0x80> is_word{};
    for (const char word : std::string_view("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz")) {
      is_word[static_cast<std::size_t>(word)] = true;
    }
    return is_word;
  }();
  return c < 0x80 ? kAscii[c] : IsWordCharacter(c);
}

bool WordAt(const char* at, const char* end) {
  return at != end && IsWordCode(DecodeUtf8(at, end).code_point) && SchemeLength(at, end) == 0;
}

std::size_t SchemeLength(const char* at, const char* end) {
  const std::string_view text(at, static_cast<std::size_t>(end - at));
  if (text.empty() || (LowerAscii(text[0]) != 'h' && LowerAscii(text[0]) != 'f')) return 0;
  for (const std::string_view scheme : {"http://", "https://", "ftp://"}) {
    if (BeginsWith(text, scheme)) return scheme.size();
  }
  return 0;
}

const char* CompoundEnd(const char* at, const char* end) {
  at += DecodeUtf8(at, end).length;
  while (!EndsCompound(at, end)) {
    const char* const joined = AfterJoiner(at, end);
    at = joined != nullptr ? joined : at + DecodeUtf8(at, end).length;
  }
  return at;
}

bool EndsCompound(const char* at, const char* end) {
  if (at == end) return true;
  const char* const joined = AfterJoiner(at, end);
  return !WordAt(joined != nullptr ? joined : at, end);
}

bool BeginsWith(std::string_view text, std::string_view lower) {
  return text.size() >= lower.size() && std::equal(lower.begin(), lower.end(), text.begin(),
                                                   [](char expected, char c) { return LowerAscii(c) == expected; });
}

FoldedWord::FoldedWord(std::string_view word, std::size_t max_size) {
  const char* const end = word.data() + word.size();
  for (const char* at = word.data(); at != end;) {
    const DecodedCodePoint decoded = DecodeUtf8(at, end);
    // U+212A, the Kelvin sign, counts as "k": a text and its lower case must have the same matches.
    const ShortString lower =
        decoded.code_point == kRightQuote ? ShortString{{U'\''}, 1} : Lowercase(decoded.code_point);
    const char32_t c = lower.code_points[0];
    if (lower.size > 1 || c >= 0x80 || size == std::min(max_size, kCapacity)) {
      size = 0;
      return;
    }
    bytes[size++] = static_cast<char>(c);
    at += decoded.length;
  }
}

}  // namespace valence::internal
