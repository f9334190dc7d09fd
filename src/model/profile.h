// The time that a worker spends in each stage.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

namespace valence::internal {

enum class Stage { kEmbed, kQkv, kAttention, kOut, kFfn1, kFfn2, kFeedForward, kNorm, kHead, kCount };

inline constexpr std::array<const char*, static_cast<std::size_t>(Stage::kCount)> kStageNames = {
    "embed", "qkv", "attention", "out", "ffn1 + activation", "ffn2", "ffn1 + ffn2", "norms", "head"};

struct Profile {
  std::array<double, static_cast<std::size_t>(Stage::kCount)> seconds{};
};

// Adds the time between construction and destruction to a stage; for a null profile only one comparison.
class StageTimer {
 public:
  StageTimer(Profile* profile, Stage stage) : profile_(profile), stage_(stage) {
    if (profile_ != nullptr) begin_ = std::chrono::steady_clock::now();
  }
  ~StageTimer() {
    if (profile_ == nullptr) return;
    const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin_;
    profile_->seconds[static_cast<std::size_t>(stage_)] += spent.count();
  }
  StageTimer(const StageTimer&) = delete;
  StageTimer& operator=(const StageTimer&) = delete;

 private:
  Profile* profile_;
  Stage stage_;
  std::chrono::steady_clock::time_point begin_;
};

}  // namespace valence::internal
