// What remains to be done while a product on tiles runs: it leaves the vector units and the memory idle.
#pragma once

#include <algorithm>
#include <cstdint>

#include "kernels/amx/prefetch.h"
#include "kernels/int8_sums.h"

namespace valence::internal {

// The sums of one product on their way back to f32 while the next one runs, and weights to prefetch.
class Int8Background {
 public:
  // `lines`: how many cache lines to prefetch in one product.
  Int8Background(const WeightPrefetch& prefetch, std::int64_t lines) : prefetch_(prefetch), lines_(lines) {}

  // Sums to be brought back; none of others may be left.
  void Add(const Int8Sums& sums) {
    sums_ = sums;
    done_ = 0;
  }

  // A product begins, and will call Step so many times.
  void Begin(std::int64_t steps) {
    const std::int64_t rows = sums_.rows - done_, turns = std::max<std::int64_t>(1, (rows + kRows - 1) / kRows);
    steps_a_turn_ = steps_left_ = std::max<std::int64_t>(1, steps / turns);
    rows_a_turn_ = std::max(kRows, (rows * steps_a_turn_ + steps - 1) / steps);
    lines_a_step_ = (lines_ + steps - 1) / steps;
  }
  void Step() {
    prefetch_.Run(lines_a_step_);
    if (--steps_left_ != 0) return;
    steps_left_ = steps_a_turn_;
    FinishSome(rows_a_turn_);
  }

  // All sums that are left.
  void Finish() { FinishSome(sums_.rows - done_); }

 private:
  // Rows that are brought back at once: enough to be worth a call, and so few that the product's next tiles are not
  // kept waiting.
  static constexpr std::int64_t kRows = 4;

  void FinishSome(std::int64_t rows) {
    const std::int64_t count = std::min(rows, sums_.rows - done_);
    if (count <= 0) return;
    Dequantize(sums_, done_, count);
    done_ += count;
  }

  WeightPrefetch prefetch_;
  std::int64_t lines_, lines_a_step_ = 0;
  Int8Sums sums_{};
  std::int64_t done_ = 0, rows_a_turn_ = 0, steps_a_turn_ = 1, steps_left_ = 1;
};

}  // namespace valence::internal
