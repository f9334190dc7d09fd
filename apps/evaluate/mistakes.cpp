// The wrong answers that the model was surest of.
#include "mistakes.h"

#include <algorithm>

#include "common/text.h"

namespace evaluate {
namespace {

constexpr std::size_t kLongestText = 400;  // bytes

bool IsSurer(const Mistake& a, const Mistake& b) { return a.score != b.score ? a.score > b.score : a.line < b.line; }

}  // namespace

void Mistakes::Add(Mistake mistake, std::string_view text) {
  if (most_ == 0 || (heap_.size() == most_ && !IsSurer(mistake, heap_.front()))) return;
  if (heap_.size() == most_) {
    std::pop_heap(heap_.begin(), heap_.end(), IsSurer);
    heap_.pop_back();
  }
  mistake.text = common::Excerpt(text, kLongestText);
  heap_.push_back(std::move(mistake));
  std::push_heap(heap_.begin(), heap_.end(), IsSurer);
}

std::vector<Mistake> Mistakes::ByConfidence() const {
  std::vector<Mistake> sorted = heap_;
  std::sort(sorted.begin(), sorted.end(), IsSurer);
  return sorted;
}

}  // namespace evaluate
