// A text of more tokens than the model reads at once.
#include "batch/windowed_text.h"

#include <algorithm>

namespace valence::internal {

WindowedText::WindowedText(std::size_t text_tokens, const WindowRule& rule)
    : last_begin_(text_tokens - rule.max_tokens),
      stride_(rule.stride),
      windows_((last_begin_ + stride_ - 1) / stride_ + 1),
      missing_(windows_) {}

std::size_t WindowedText::Begin(std::size_t window) const { return std::min(window * stride_, last_begin_); }

bool WindowedText::Add(std::size_t window, std::span<const float> logits) {
  {
    const std::lock_guard lock(mutex_);
    if (logits_.empty()) logits_.resize(windows_ * logits.size());
  }
  std::copy(logits.begin(), logits.end(), logits_.begin() + static_cast<std::ptrdiff_t>(window * logits.size()));
  return missing_.fetch_sub(1, std::memory_order_acq_rel) == 1;
}

std::vector<float> WindowedText::Mean() const {
  const std::size_t labels = logits_.size() / windows_;
  std::vector<float> mean;
  for (std::size_t label = 0; label < labels; ++label) {
    double sum = 0;
    for (std::size_t i = label; i < logits_.size(); i += labels) sum += double{logits_[i]};
    mean.push_back(static_cast<float>(sum / static_cast<double>(windows_)));
  }
  return mean;
}

}  // namespace valence::internal
