// A few threads that run the same steps on the same data. Each step is cut into shares, one for each member; a member
// that has done its own takes those that no other has begun, so a thread that the system does not let run keeps nobody
// waiting.
#pragma once

#include <algorithm>
#include <atomic>
#include <bit>
#include <cstdint>
#include <utility>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "cpu/amx.h"

namespace valence::internal {

// One of the `size` parts of a step; by default all of it.
struct Share {
  int index = 0, size = 1;

  bool is_first() const { return index == 0; }

  // The part [begin, end) of `count` items in blocks of `block`. Sizes of parts differ by at most one block.
  std::pair<std::int64_t, std::int64_t> Of(std::int64_t count, std::int64_t block = 1) const {
    const std::int64_t blocks = (count + block - 1) / block;
    return {std::min(count, blocks * index / size * block), std::min(count, blocks * (index + 1) / size * block)};
  }
};

// Thrown by TeamMember::Step in the members that did not fail themselves.
struct TeamBroken {};

// What the members have in common. Must outlive the last running member.
class Team {
 public:
  static constexpr int kMaxSize = 12;

  explicit Team(int size) : size_(size), all_((1u << size) - 1) {}
  int size() const { return size_; }

  // Called by a member that failed: what it began is never done, so the others must not wait for it.
  void Break() {
    state_.fetch_or(kBroken);
    state_.notify_all();
  }

 private:
  friend class TeamMember;

  // One word, so that nobody takes a share of a step that is over. From the lowest bit on: a bit for each share that
  // was taken, the number of those that are done (4 bits), whether the team is broken, the number of the step (15
  // bits).
  static constexpr std::uint32_t kDone = 1u << kMaxSize, kBroken = kDone << 4, kStep = kBroken << 1;
  static constexpr int kNone = -1;
  static constexpr int kSpins = 20000;  // about 0.2 to 0.5 ms

  static bool IsIn(std::uint32_t step, std::uint32_t state) {
    if ((state & kBroken) != 0) throw TeamBroken();
    return state / kStep == step % (UINT32_MAX / kStep + 1);
  }

  // The preferred share of the step, else another that nobody has taken, else kNone.
  int Take(std::uint32_t step, int preferred) {
    std::uint32_t state = state_.load(std::memory_order_acquire);
    while (IsIn(step, state)) {
      const std::uint32_t free = ~state & all_;
      if (free == 0) break;
      const int share = (free >> preferred & 1u) != 0 ? preferred : std::countr_zero(free);
      if (state_.compare_exchange_weak(state, state | 1u << share, std::memory_order_acq_rel)) return share;
    }
    return kNone;
  }

  // A share is done; after the last one the next step begins.
  void Done() {
    const std::uint32_t done = (state_.fetch_add(kDone, std::memory_order_acq_rel) / kDone + 1) % 16;
    if (done != static_cast<std::uint32_t>(size_)) return;
    state_.fetch_add(kStep - done * kDone - all_);  // no share is taken, none is done
    state_.notify_all();
  }

  // Usually all members run at the same time and end within microseconds, so it spins first, and sleeps if one takes
  // longer.
  void WaitForEndOf(std::uint32_t step) {
    for (int spins = 0; spins < kSpins; ++spins) {
      if (!IsIn(step, state_.load(std::memory_order_acquire))) return;
#if defined(__x86_64__)
      _mm_pause();
#endif
    }
    const AmxTilePause pause;
    for (std::uint32_t state = state_.load(std::memory_order_acquire); IsIn(step, state);
         state = state_.load(std::memory_order_acquire)) {
      state_.wait(state, std::memory_order_acquire);
    }
  }

  const int size_;
  const std::uint32_t all_;  // the bits of all shares
  std::atomic<std::uint32_t> state_{0};
};

// One thread's view of its team. All members run the same sequence of steps.
class TeamMember {
 public:
  TeamMember(Team& team, int index) : team_(&team), index_(index) {}

  int size() const { return team_->size(); }

  // Runs work(Share) for this member's share and those that no other member has begun, and returns when all are done.
  // Does nothing where the others have done them all. Throws TeamBroken after Break().
  template <class F>
  void Step(const F& work) {
    if (size() == 1) return work(Share{});
    const std::uint32_t step = step_++;
    for (int share; (share = team_->Take(step, index_)) != Team::kNone;) {
      work(Share{share, size()});
      team_->Done();
    }
    team_->WaitForEndOf(step);
  }

 private:
  Team* team_;
  int index_;
  std::uint32_t step_ = 0;
};

}  // namespace valence::internal
