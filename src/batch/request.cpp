// Keeps waiting texts sorted by length: the longest that fits goes into a chunk first, so that chunks are full.
#include "batch/request.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace valence::internal {
namespace {

bool Shorter(const Sequence& a, const Sequence& b) { return a.length < b.length; }

}  // namespace

Sequence::Sequence(std::shared_ptr<const Portion> its_portion, std::size_t its_begin, std::size_t its_length,
                   std::size_t its_text, bool its_truncated, const WindowRule& rule)
    : portion(std::move(its_portion)),
      begin(its_begin),
      text_tokens(its_length),
      length(std::min(its_length, rule.max_tokens)),
      text(its_text),
      truncated(its_truncated) {
  if (its_length > rule.max_tokens) windowed = std::make_shared<WindowedText>(its_length, rule);
}

void Sequence::AppendTo(PackedBatch& batch) const {
  const auto ids = std::span(portion->ids).subspan(begin, text_tokens);
  batch.Append(ids.subspan(windowed ? windowed->Begin(window) : 0, length));
  if (!windowed) return;
  // To the model every window is a separate text.
  *(batch.ids.end() - static_cast<std::ptrdiff_t>(length)) = ids.front();
  batch.ids.back() = ids.back();
}

void Request::AddWaiting(std::vector<Sequence> sequences) {
  if (error) return;
  std::stable_sort(sequences.begin(), sequences.end(), Shorter);
  const auto old_size = static_cast<std::ptrdiff_t>(waiting.size());
  waiting.insert(waiting.end(), std::make_move_iterator(sequences.begin()), std::make_move_iterator(sequences.end()));
  std::inplace_merge(waiting.begin(), waiting.begin() + old_size, waiting.end(), Shorter);
}

bool Request::TakeLongest(std::size_t max_length, Sequence& taken) {
  const auto behind = std::upper_bound(waiting.begin(), waiting.end(), max_length,
                                       [](std::size_t length, const Sequence& s) { return length < s.length; });
  if (behind == waiting.begin()) return false;
  const auto longest = std::prev(behind);
  if (longest->windows_left() > 1) {
    taken = *longest;
    ++longest->window;
  } else {
    taken = std::move(*longest);
    waiting.erase(longest);
  }
  return true;
}

void Request::Drop(std::exception_ptr reason) {
  if (!error) error = std::move(reason);
  next_text = texts.size();
  waiting.clear();
}

}  // namespace valence::internal
