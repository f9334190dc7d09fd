// Where words begin and end for the preparation of a text: docs/text-preparation.md has the terms.
#pragma once

#include <cstddef>
#include <string_view>

namespace valence::internal {

// A letter, digit, mark or connector such as "_": what \w matches.
bool IsWordCode(char32_t c);

// Whether a word character is at `at` and no URL's scheme begins there.
bool WordAt(const char* at, const char* end);

// The length of "http://", "https://" or "ftp://", in upper or lower case; 0 if there is none.
std::size_t SchemeLength(const char* at, const char* end);

// The end of the compound that begins with the word character at `at`: word characters, joined by single ones of
// ' . - + % and U+2019.
const char* CompoundEnd(const char* at, const char* end);

// Whether a compound that extends to `at` ends there.
bool EndsCompound(const char* at, const char* end);

// Whether `text` begins with `lower`, ignoring case. `lower` is ASCII without upper case.
bool BeginsWith(std::string_view text, std::string_view lower);

// The lower case of a short ASCII word, with "'" for U+2019; empty if it has more than `max_size` bytes or other
// characters.
struct FoldedWord {
  FoldedWord(std::string_view word, std::size_t max_size);
  operator std::string_view() const { return {bytes, size}; }  // NOLINT(google-explicit-constructor)

  static constexpr std::size_t kCapacity = 16;
  char bytes[kCapacity];
  std::size_t size = 0;
};

}  // namespace valence::internal
