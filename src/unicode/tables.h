// The properties of code points in Hugging Face tokenizers, as tables in tables.cpp.
//
// utf8proc's tables may be of another version of Unicode, and the ids must not depend on which utf8proc is installed.
#pragma once

#include <cstdint>
#include <span>

namespace valence::internal {

struct CodePointRange {
  char32_t first;
  char32_t last;
};

struct CombiningClassRange {
  char32_t first;
  char32_t last;
  std::uint8_t combining_class;
};

struct LowercaseRange {
  char32_t first;
  char32_t last;
  std::uint32_t stride;  // 2 where upper and lower case alternate
  std::int32_t delta;
};

// Each sorted, its ranges disjoint.
extern const std::span<const CodePointRange> kDropped;
extern const std::span<const CodePointRange> kWhiteSpace;
extern const std::span<const CodePointRange> kCjk;
extern const std::span<const CodePointRange> kPunctuation;
extern const std::span<const CodePointRange> kNonspacingMarks;
extern const std::span<const CodePointRange> kDecomposed;
extern const std::span<const CodePointRange> kWordCharacters;
extern const std::span<const CombiningClassRange> kCombiningClasses;
extern const std::span<const LowercaseRange> kLowercase;

}  // namespace valence::internal
