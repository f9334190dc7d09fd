// Posts counted by the period (an hour, say) they were written in, and when each period's count is given out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "statistics/share.h"

namespace uses {

// One period's count; or that of many periods in a row that have no posts.
struct PeriodCount {
  std::int64_t begin = 0;  // seconds since 1970, included
  std::int64_t end = 0;    // not included
  cli::Proportion share;
  bool revised = false;  // it had been given out already, or later ones had, before its last posts came
};

// Periods start at multiples of their length since 1970-01-01T00:00:00Z. Memory grows with the periods that have posts,
// by some 80 bytes each, not with the posts.
class Periods {
 public:
  // A period is closed once `late` seconds have passed since its end.
  Periods(std::int64_t length, std::int64_t late) : length_(length), late_(late) {}

  void Add(std::int64_t time, bool positive);

  // Gives out the counts that were changed by posts that came after their period was closed, then, in order and each
  // once, those of the periods that are closed at `time`, from the first with a post on; those without posts, too, but
  // a week or more of them as one.
  std::vector<PeriodCount> Close(std::int64_t time);

  // The time of the newest post: by it periods are closed where posts come in the order of their times.
  std::int64_t newest() const { return newest_; }

  // Gives out all that is left.
  std::vector<PeriodCount> CloseAll();

  std::size_t late_posts() const { return late_posts_; }

 private:
  std::int64_t length_;
  std::int64_t late_;
  std::map<std::int64_t, cli::Proportion> shares_;  // by begin
  std::set<std::int64_t> revised_;
  std::optional<std::int64_t> next_;  // the begin of the first period not given out; none before the first closing
  std::int64_t newest_ = 0;
  std::size_t late_posts_ = 0;
};

}  // namespace uses
