// What becomes of a comment.
#pragma once

#include <array>
#include <cstddef>

namespace moderate {

enum Decision : std::size_t { kKept, kFlagged, kUnsure };
inline constexpr std::size_t kDecisions = 3;
inline constexpr std::array<const char*, kDecisions> kDecisionNames = {"kept", "flagged", "unsure"};

}  // namespace moderate
