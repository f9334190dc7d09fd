// Properties and mappings of code points, as in Hugging Face tokenizers. Only properties.cpp includes utf8proc.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace valence::internal {

// What a code point is, as bits. The tokenizer's options decide which of them it uses.
using Traits = std::uint8_t;
inline constexpr Traits kIsDropped = 1;  // clean_text removes it
inline constexpr Traits kIsWhiteSpace = 2;
inline constexpr Traits kIsCjk = 4;  // a Chinese character to handle_chinese_chars
inline constexpr Traits kIsPunctuation = 8;
inline constexpr Traits kIsNonspacingMark = 16;  // category Mn
inline constexpr Traits kDecomposes = 32;        // has a canonical decomposition
inline constexpr Traits kHasLowercase = 64;      // is not its own lower case
inline constexpr Traits kIsReordered = 128;      // its combining class is not 0

// The traits of all code points in two stages: a block number for every 256 code points, and the distinct blocks.
class TraitTable {
 public:
  // Built by the first call, in about a millisecond; lives as long as the process.
  static const TraitTable& Get();

  Traits operator[](char32_t c) const { return blocks_[std::size_t{block_of_[c / kBlock]} * kBlock + c % kBlock]; }

 private:
  TraitTable();
  static constexpr std::size_t kBlock = 256;
  static constexpr std::size_t kCodePoints = 0x110000;
  std::array<std::uint16_t, kCodePoints / kBlock> block_of_;
  std::vector<Traits> blocks_;  // [distinct blocks, kBlock]
};

// A few code points, without an allocation.
struct ShortString {
  std::array<char32_t, 4> code_points;  // no canonical decomposition is longer
  std::size_t size;
  // Deleted for temporaries: the view would dangle, for example in a range-based for loop.
  operator std::u32string_view() const& { return {code_points.data(), size}; }  // NOLINT(google-explicit-constructor)
  operator std::u32string_view() && = delete;
};

// The full canonical decomposition of a code point; itself where it has none.
ShortString Decompose(char32_t c);

// The lower case, regardless of context: no final sigma.
ShortString Lowercase(char32_t c);

// The canonical combining class, by which canonical ordering sorts.
std::uint8_t CombiningClass(char32_t c);

// What the regular expression \w matches.
bool IsWordCharacter(char32_t c);

}  // namespace valence::internal
