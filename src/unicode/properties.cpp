// Code point properties from the generated tables, canonical decompositions from utf8proc.
#include "unicode/properties.h"

#include <utf8proc.h>

#include <algorithm>
#include <iterator>
#include <span>
#include <string>
#include <unordered_map>

#include "unicode/tables.h"

namespace valence::internal {
namespace {

constexpr char32_t kFirstHangulSyllable = 0xac00;
constexpr char32_t kHangulSyllables = 11172;
constexpr char32_t kCapitalIWithDot = 0x130;  // the one code point whose lower case is two

// The range that holds c, or null.
template <class Range>
const Range* FindRange(std::span<const Range> ranges, char32_t c) {
  const auto after = std::upper_bound(ranges.begin(), ranges.end(), c,
                                      [](char32_t value, const Range& range) { return value < range.first; });
  if (after == ranges.begin() || c > std::prev(after)->last) return nullptr;
  return &*std::prev(after);
}

template <class Range>
void Mark(std::vector<Traits>& traits, std::span<const Range> ranges, Traits trait) {
  for (const Range& range : ranges) {
    for (char32_t c = range.first; c <= range.last; ++c) traits[c] |= trait;
  }
}

}  // namespace

TraitTable::TraitTable() {
  std::vector<Traits> traits(kCodePoints);
  Mark(traits, kDropped, kIsDropped);
  Mark(traits, kWhiteSpace, kIsWhiteSpace);
  Mark(traits, kCjk, kIsCjk);
  Mark(traits, kPunctuation, kIsPunctuation);
  Mark(traits, kNonspacingMarks, kIsNonspacingMark);
  Mark(traits, kDecomposed, kDecomposes);
  Mark(traits, kCombiningClasses, kIsReordered);
  for (char32_t i = 0; i < kHangulSyllables; ++i) traits[kFirstHangulSyllable + i] |= kDecomposes;
  for (const LowercaseRange& range : kLowercase) {
    for (char32_t c = range.first; c <= range.last; c += range.stride) traits[c] |= kHasLowercase;
  }
  traits[kCapitalIWithDot] |= kHasLowercase;

  std::unordered_map<std::string, std::uint16_t> known;
  for (std::size_t block = 0; block < block_of_.size(); ++block) {
    const auto begin = traits.begin() + static_cast<std::ptrdiff_t>(block * kBlock);
    const auto number = static_cast<std::uint16_t>(known.size());
    const auto [entry, is_new] = known.emplace(std::string(begin, begin + kBlock), number);
    if (is_new) blocks_.insert(blocks_.end(), begin, begin + kBlock);
    block_of_[block] = entry->second;
  }
}

const TraitTable& TraitTable::Get() {
  static const TraitTable table;
  return table;
}

// Our table says which code points decompose, because later versions of Unicode add some. utf8proc says into what,
// because Unicode's stability policy never changes a decomposition.
ShortString Decompose(char32_t c) {
  if ((TraitTable::Get()[c] & kDecomposes) == 0) return {{c}, 1};
  std::array<utf8proc_int32_t, 4> parts{};
  int boundary = 0;
  const utf8proc_ssize_t size =
      utf8proc_decompose_char(static_cast<utf8proc_int32_t>(c), parts.data(),
                              static_cast<utf8proc_ssize_t>(parts.size()), UTF8PROC_DECOMPOSE, &boundary);
  if (size < 1 || size > static_cast<utf8proc_ssize_t>(parts.size())) return {{c}, 1};
  ShortString result{{}, static_cast<std::size_t>(size)};
  std::transform(parts.begin(), parts.end(), result.code_points.begin(),
                 [](utf8proc_int32_t part) { return static_cast<char32_t>(part); });
  return result;
}

ShortString Lowercase(char32_t c) {
  if (c == kCapitalIWithDot) return {{U'i', 0x307}, 2};
  const LowercaseRange* const range = FindRange(kLowercase, c);
  if (range == nullptr || (c - range->first) % range->stride != 0) return {{c}, 1};
  return {{static_cast<char32_t>(static_cast<std::int32_t>(c) + range->delta)}, 1};
}

std::uint8_t CombiningClass(char32_t c) {
  const CombiningClassRange* const range = FindRange(kCombiningClasses, c);
  return range == nullptr ? std::uint8_t{0} : range->combining_class;
}

bool IsWordCharacter(char32_t c) { return FindRange(kWordCharacters, c) != nullptr; }

}  // namespace valence::internal
