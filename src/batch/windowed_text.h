// A text of more tokens than the model reads at once: its windows, and the mean of their logits.
#pragma once

#include <atomic>
#include <cstddef>
#include <mutex>
#include <span>
#include <vector>

namespace valence::internal {

// How texts are split: into windows of `max_tokens` ids, [CLS] and [SEP] included, whose starts lie `stride` apart.
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

  // Where in the text's ids the window stands. Its first and last id are to be replaced by [CLS] and [SEP].
  // All windows are of rule.max_tokens ids: the last one begins early enough to end with the text.
  std::size_t Begin(std::size_t window) const;

  // Keeps the logits of a window, [labels]. True for the one that comes last, after which Mean may be called.
  bool Add(std::size_t window, std::span<const float> logits);

  // [labels]; summed in the order of the windows, so that it is the same bits in whatever order they came.
  std::vector<float> Mean() const;

 private:
  const std::size_t last_begin_;
  const std::size_t stride_;
  const std::size_t windows_;
  std::atomic<std::size_t> missing_;
  std::mutex mutex_;           // while logits_ is allocated
  std::vector<float> logits_;  // [windows, labels]; each window writes to its own
};

}  // namespace valence::internal
