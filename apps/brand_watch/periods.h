// Posts counted by period (such as an hour), and when the count of each period is complete.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "statistics/proportion.h"

namespace brand_watch {

// The count of one period, or of many successive periods without posts.
struct PeriodCount {
  std::int64_t begin = 0;  // seconds since 1970, included
  std::int64_t end = 0;    // not included
  statistics::Proportion share;
  bool revised = false;  // posts arrived after this period, or a later one, had been returned by Close
};

// Periods start at multiples of their length since 1970-01-01T00:00:00Z. Takes about 80 bytes for each period that has
// posts, and nothing for each post.
class Periods {
 public:
  // A period is closed once `late` seconds have passed since its end.
  Periods(std::int64_t length, std::int64_t late) : length_(length), late_(late) {}

  void Add(std::int64_t time, bool positive);

  // Returns first the counts of closed periods that late posts have changed, then, in order and each once, the counts
  // of the periods that are closed at `time`, beginning with the first that has a post. A gap of a week or more without
  // posts is one count; shorter gaps are a count a period.
  std::vector<PeriodCount> Close(std::int64_t time);

  // The time of the newest post: what to pass to Close where posts arrive in the order of their times.
  std::int64_t newest() const { return newest_; }

  // Returns the counts of all periods that are left.
  std::vector<PeriodCount> CloseAll();

  std::size_t late_posts() const { return late_posts_; }

 private:
  std::int64_t length_;
  std::int64_t late_;
  std::map<std::int64_t, statistics::Proportion> shares_;  // by begin
  std::set<std::int64_t> revised_;
  std::optional<std::int64_t> next_;  // the begin of the first period that Close has not returned; none at first
  std::int64_t newest_ = 0;
  std::size_t late_posts_ = 0;
};

}  // namespace brand_watch
