// A few threads that run the same function on the same data, each on its share, and meet at barriers.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "cpu/amx.h"

namespace valence::internal {

// Thrown by Barrier in the members that did not fail themselves.
struct TeamBroken {};

// What the members of a team share. Must outlive the last running member.
class Team {
 public:
  explicit Team(int size) : size_(size) {}
  int size() const { return size_; }

  // Returns when all members have called it. Usually all members run at the same time and arrive within microseconds,
  // so it spins first, and sleeps if a member takes longer. Throws TeamBroken after Break().
  void Barrier() {
    if (size_ == 1) return;
    const std::uint32_t generation = generation_.load(std::memory_order_acquire);
    CheckNotBroken();  // after the load: a later Break() changes the generation
    if (arrived_.fetch_add(1, std::memory_order_acq_rel) + 1 == size_) {
      arrived_.store(0, std::memory_order_relaxed);
      // Sequentially consistent: notify_all checks for waiting threads, and a weaker store might become visible later.
      generation_.fetch_add(1, std::memory_order_seq_cst);
      generation_.notify_all();
      return CheckNotBroken();
    }
    for (int spins = 0; spins < kSpins; ++spins) {
      if (generation_.load(std::memory_order_acquire) != generation) return CheckNotBroken();
#if defined(__x86_64__)
      _mm_pause();
#endif
    }
    const AmxTilePause pause;
    generation_.wait(generation, std::memory_order_acquire);
    CheckNotBroken();
  }

  // Called by a member that failed: it reaches no further barrier, so the others must not wait for it.
  void Break() {
    broken_.store(true, std::memory_order_release);
    generation_.fetch_add(1, std::memory_order_acq_rel);
    generation_.notify_all();
  }

 private:
  void CheckNotBroken() const {
    if (broken_.load(std::memory_order_acquire)) throw TeamBroken();
  }

  static constexpr int kSpins = 20000;  // about 0.2 to 0.5 ms
  const int size_;
  std::atomic<bool> broken_{false};
  std::atomic<int> arrived_{0};
  std::atomic<std::uint32_t> generation_{0};
};

// One member's view of its team.
struct TeamMember {
  Team* team;
  int index;  // 0: the leader

  int size() const { return team->size(); }
  bool leads() const { return index == 0; }
  void Barrier() const { team->Barrier(); }

  // This member's part [begin, end) of `count` items in blocks of `block`. Sizes of parts differ by at most one block.
  std::pair<std::int64_t, std::int64_t> Share(std::int64_t count, std::int64_t block = 1) const {
    const std::int64_t blocks = (count + block - 1) / block;
    return {std::min(count, blocks * index / size() * block), std::min(count, blocks * (index + 1) / size() * block)};
  }
};

}  // namespace valence::internal
