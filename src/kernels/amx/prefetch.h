// Prefetching of packed weights while a product runs, out of its own share of them and on into those that the thread
// reads next.
#pragma once

#include <cstddef>
#include <cstdint>

namespace valence::internal {

struct WeightPrefetch {
  // Weights are prefetched to the second-level cache so far ahead of their use. Measured on a 5th-generation Xeon: 48
  // to 100 kB were best, 16 and 400 kB worse.
  static constexpr std::int64_t kAhead = 80 * 1024;

  const std::byte *at = nullptr, *share_end = nullptr, *next = nullptr;
  std::int64_t lines_left = 0;  // cache lines; none by default

  // For a product that reads [share, share_end). `next`: what the thread reads then; null: not known.
  static WeightPrefetch Of(const std::byte* share, const std::byte* share_end, const std::byte* next) {
    const std::int64_t bytes = share_end - share, behind = bytes - kAhead;
    if (next == nullptr) return {share + kAhead, share_end, next, behind > 0 ? behind / 64 : 0};
    return {behind > 0 ? share + kAhead : next - behind, share_end, next, bytes / 64};
  }

  void Run(std::int64_t lines) {
    for (; lines > 0 && lines_left > 0; --lines, --lines_left, at += 64) {
      if (at == share_end) at = next;
      __builtin_prefetch(at, 0, 2);
    }
  }
};

}  // namespace valence::internal
