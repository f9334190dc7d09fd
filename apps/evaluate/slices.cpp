// Accuracy by the values of a column, and by the length of the text.
#include "slices.h"

#include <algorithm>
#include <cmath>

#include "common/text.h"

namespace evaluate {
namespace {

constexpr std::size_t kLongestValue = 80;  // bytes
constexpr const char* kOtherValues = "(other values)";

}  // namespace

void Slices::Add(std::string_view value, bool is_right) {
  const std::string name = value.empty() ? "(empty)" : common::Excerpt(value, kLongestValue);
  auto slice = slices_.find(name);
  if (slice == slices_.end()) slice = slices_.try_emplace(slices_.size() < kMost ? name : kOtherValues).first;
  ++slice->second.total;
  slice->second.count += is_right ? 1 : 0;
}

std::vector<Slice> Slices::BySize() const {
  std::vector<Slice> slices;
  for (const auto& [value, right] : slices_) slices.push_back({value, right});
  std::stable_sort(slices.begin(), slices.end(),
                   [](const Slice& a, const Slice& b) { return a.right.total > b.right.total; });
  return slices;
}

void Lengths::Add(std::string_view text, bool is_right) {
  constexpr std::string_view kSpace = " \t\r\n\v\f";
  std::size_t words = 0;
  for (std::size_t at = text.find_first_not_of(kSpace); at != text.npos;) {
    ++words;
    at = text.find_first_not_of(kSpace, std::min(text.find_first_of(kSpace, at), text.size()));
  }
  const auto range = std::lower_bound(kMostWords.begin(), kMostWords.end(), words) - kMostWords.begin();
  statistics::Proportion& slice = slices_[static_cast<std::size_t>(range)];
  ++slice.total;
  slice.count += is_right ? 1 : 0;
}

std::vector<Slice> Lengths::ByLength() const {
  std::vector<Slice> slices;
  for (std::size_t i = 0; i < slices_.size(); ++i) {
    if (!slices_[i].defined()) continue;
    const std::string lowest = std::to_string(i == 0 ? 1 : kMostWords[i - 1] + 1);
    slices.push_back(
        {lowest + (i < kMostWords.size() ? " to " + std::to_string(kMostWords[i]) : " or more"), slices_[i]});
  }
  return slices;
}

statistics::Interval DifferenceFromRest(const statistics::Proportion& part, const statistics::Proportion& all) {
  const statistics::Proportion rest{all.count - part.count, all.total - part.total};
  if (!part.defined() || !rest.defined()) return {-1, 1};
  const statistics::Interval a = part.interval();
  const statistics::Interval b = rest.interval();
  const double difference = part.value() - rest.value();
  return {difference - std::hypot(part.value() - a.low, b.high - rest.value()),
          difference + std::hypot(a.high - part.value(), rest.value() - b.low)};
}

Difference Compare(const statistics::Proportion& part, const statistics::Proportion& all) {
  const statistics::Interval difference = DifferenceFromRest(part, all);
  if (difference.low > 0) return Difference::kHigher;
  if (difference.high < 0) return Difference::kLower;
  return part.TooSmall() ? Difference::kTooSmall : Difference::kNone;
}

}  // namespace evaluate
