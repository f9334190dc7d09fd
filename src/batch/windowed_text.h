// A text of more tokens than the model reads at once: its windows, and the mean of their logits.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

namespace valence::internal {

// Texts are split into windows of `max_tokens` ids, [CLS] and [SEP] included, which begin `stride` ids apart.
struct WindowRule {
  std::size_t max_tokens = SIZE_MAX;
  std::size_t stride = 1;
};

// Thread-safe.
class WindowedText {
 public:
  // text_tokens: of the whole text, [CLS] and [SEP] included; more than rule.max_tokens.
  WindowedText(std::size_t text_tokens, const WindowRule& rule);

  std::size_t windows() const { return windows_; }

  // Where the window begins in the text's ids. Its first and last id are to be replaced by [CLS] and [SEP].
  // All windows have rule.max_tokens ids; the last one ends with the text.
  std::size_t Begin(std::size_t window) const;

  // Stores the logits of a window, [labels]. Returns true for the last one that arrives; then Mean may be called.
  bool Add(std::size_t window, std::span<const float> logits);

  // [labels]; summed in the order of the windows, so that the order of arrival does not change the bits.
  std::vector<float> Mean() const;

 private:
  const std::size_t last_begin_;
  const std::size_t stride_;
  const std::size_t windows_;
  std::atomic<std::size_t> missing_;
  std::mutex mutex_;           // for the allocation of logits_
  std::vector<float> logits_;  // [windows, labels]; each window writes its own row
};

}  // namespace valence::internal
