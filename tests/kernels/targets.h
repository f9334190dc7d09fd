// Runs vector loops on each instruction set in turn.
#pragma once

#include <cstdint>
#include <vector>

#include "hwy/targets.h"

namespace valence::internal {

// Those of Highway's instruction sets that this CPU has and that fuse multiplication and addition: AVX2 and better.
inline std::vector<std::int64_t> FusingTargets() {
  std::vector<std::int64_t> targets;
  for (std::int64_t target = HWY_AVX2; target > 0; target /= 2) {
    if ((hwy::SupportedTargets() & target & HWY_TARGETS) != 0) targets.push_back(target);
  }
  return targets;
}

// While it lives, kernels run on `target`.
class UseTarget {
 public:
  explicit UseTarget(std::int64_t target) { Set(target); }
  ~UseTarget() { Set(0); }
  UseTarget(const UseTarget&) = delete;
  UseTarget& operator=(const UseTarget&) = delete;

 private:
  static void Set(std::int64_t targets) {
    hwy::SetSupportedTargetsForTest(targets);
    hwy::GetChosenTarget().DeInit();
  }
};

}  // namespace valence::internal
