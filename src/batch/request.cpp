// Order by length: the longest that fits goes first, so that chunks fill up to the last token.
#include "batch/request.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace valence::internal {
namespace {

bool Shorter(const Sequence& a, const Sequence& b) { return a.length < b.length; }

}  // namespace

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
  taken = std::move(*std::prev(behind));
  waiting.erase(std::prev(behind));
  return true;
}

void Request::Drop(std::exception_ptr reason) {
  if (!error) error = std::move(reason);
  next_text = texts.size();
  waiting.clear();
}

}  // namespace valence::internal
