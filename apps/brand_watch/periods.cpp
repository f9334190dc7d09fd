// Posts counted by period (such as an hour), and when the count of each period is complete.
#include "periods.h"

#include <algorithm>

namespace brand_watch {
namespace {

constexpr std::int64_t kWeek = 7 * 86400;

}  // namespace

void Periods::Add(std::int64_t time, bool positive) {
  const std::int64_t begin = time / length_ * length_;
  statistics::Proportion& share = shares_[begin];
  ++share.total;
  if (positive) ++share.count;
  newest_ = std::max(newest_, time);
  if (next_ && begin < *next_) {
    revised_.insert(begin);
    ++late_posts_;
  }
}

std::vector<PeriodCount> Periods::Close(std::int64_t time) {
  std::vector<PeriodCount> counts;
  for (const std::int64_t begin : revised_) counts.push_back({begin, begin + length_, shares_.at(begin), true});
  revised_.clear();
  if (shares_.empty()) return counts;

  const std::int64_t closed = (time - late_) / length_ * length_;  // the end of the last period that is closed
  std::int64_t begin = next_.value_or(shares_.begin()->first);
  if (closed <= begin) return counts;
  while (begin < closed) {
    const auto with_posts = shares_.lower_bound(begin);
    const std::int64_t gap_end = with_posts == shares_.end() ? closed : std::min(closed, with_posts->first);
    if (gap_end - begin >= kWeek) {
      counts.push_back({begin, gap_end, {}, false});
      begin = gap_end;
    }
    for (; begin < gap_end; begin += length_) counts.push_back({begin, begin + length_, {}, false});
    if (begin == closed) break;
    counts.push_back({begin, begin + length_, with_posts->second, false});
    begin += length_;
  }
  next_ = begin;
  return counts;
}

std::vector<PeriodCount> Periods::CloseAll() { return Close(newest_ + length_ + late_); }

}  // namespace brand_watch
