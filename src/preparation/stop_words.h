// English words that carry grammar rather than meaning.
#pragma once

#include <cstddef>
#include <string_view>

namespace valence::internal {

inline constexpr std::size_t kLongestStopWord = 10;

// word: lower case, with "'" for an apostrophe
bool IsStopWord(std::string_view word);

// What is left of "is", "has", "will" behind an apostrophe, in a text that is split there: "it 's".
bool IsClitic(std::string_view word);

}  // namespace valence::internal
