// Posts counted by the hour: when an hour is reported, that late posts revise it, and hours without posts.
#include "brand_watch/periods.h"

#include <gtest/gtest.h>

#include <map>
#include <sstream>
#include <string>

namespace {

constexpr std::int64_t kHour = 3600;
constexpr std::int64_t kStart = 494000 * kHour;  // some hour's begin in 2026

// "hour:posts/positive", "!" behind it where it is revised; hours counted from kStart.
std::string Given(const std::vector<brand_watch::PeriodCount>& counts) {
  std::ostringstream text;
  for (const auto& count : counts) {
    text << (text.tellp() > 0 ? " " : "") << (count.begin - kStart) / kHour;
    if (count.end - count.begin != kHour) text << '-' << (count.end - kStart) / kHour;
    text << ':' << count.share.total << '/' << count.share.count << (count.revised ? "!" : "");
  }
  return text.str();
}

class PeriodsTest : public testing::Test {
 protected:
  void Add(double hour, bool positive = false) {
    periods.Add(kStart + static_cast<std::int64_t>(hour * kHour), positive);
  }
  std::string Close() { return Given(periods.Close(periods.newest())); }
  std::string CloseAll() { return Given(periods.CloseAll()); }

  brand_watch::Periods periods{kHour, 600};
};

TEST_F(PeriodsTest, GivesNothingWithoutPosts) {
  EXPECT_EQ(Close(), "");
  EXPECT_EQ(CloseAll(), "");
}

TEST_F(PeriodsTest, AnHourIsClosedWhenALaterPostCame) {
  Add(0, true);
  Add(0.9999);
  EXPECT_EQ(Close(), "");
  Add(1);
  Add(1.16);
  EXPECT_EQ(Close(), "");
  Add(1.17);  // ten minutes and more
  EXPECT_EQ(Close(), "0:2/1");
  EXPECT_EQ(Close(), "");
  EXPECT_EQ(CloseAll(), "1:3/0");
  EXPECT_EQ(CloseAll(), "");
}

TEST_F(PeriodsTest, LatePostsWithinTheAllowanceAreCountedInTime) {
  Add(1.1);
  Add(0.99);
  EXPECT_EQ(Close(), "");
  EXPECT_EQ(CloseAll(), "0:1/0 1:1/0");
  EXPECT_EQ(periods.late_posts(), 0U);
}

TEST_F(PeriodsTest, AnHourIsGivenAgainAfterLaterPosts) {
  Add(5);
  Add(6.5);
  EXPECT_EQ(Close(), "5:1/0");
  Add(5.5, true);
  Add(5.6, true);
  Add(3, true);  // before all that were given
  EXPECT_EQ(Close(), "3:1/1! 5:3/2!");
  EXPECT_EQ(Close(), "");
  EXPECT_EQ(CloseAll(), "6:1/0");
  EXPECT_EQ(periods.late_posts(), 3U);
}

TEST_F(PeriodsTest, HoursWithoutPostsAreGivenToo) {
  Add(0);
  Add(3);
  EXPECT_EQ(CloseAll(), "0:1/0 1:0/0 2:0/0 3:1/0");
}

TEST_F(PeriodsTest, AWeekWithoutPostsIsOne) {
  Add(0);
  Add(168.5);
  EXPECT_EQ(Close().substr(0, 18), "0:1/0 1:0/0 2:0/0 ");  // one hour less
  Add(168.5 + 169);
  EXPECT_EQ(Close(), "168:1/0 169-337:0/0");
  EXPECT_EQ(CloseAll(), "337:1/0");
}

TEST_F(PeriodsTest, TheClockClosesHours) {
  Add(0);
  EXPECT_EQ(Given(periods.Close(kStart + kHour + 599)), "");
  EXPECT_EQ(Given(periods.Close(kStart + kHour + 600)), "0:1/0");
  EXPECT_EQ(Given(periods.Close(kStart + 3 * kHour)), "1:0/0");
  Add(1.5, true);
  EXPECT_EQ(Close(), "1:1/1!");
  Add(2.5);
  EXPECT_EQ(CloseAll(), "2:1/0");
}

TEST_F(PeriodsTest, EveryPostIsInTheLastCountOfItsHour) {
  std::map<std::int64_t, std::size_t> last;
  const auto note = [&](const std::vector<brand_watch::PeriodCount>& counts) {
    for (const auto& count : counts) last[count.begin] = count.share.total;
  };
  std::uint64_t random = 1;
  std::map<std::int64_t, std::size_t> expected;
  for (int i = 0; i < 10000; ++i) {
    random = random * 6364136223846793005U + 1442695040888963407U;
    const auto time = static_cast<std::int64_t>(random >> 33) % (50 * kHour) + kStart + i * 20;
    ++expected[time / kHour * kHour];
    periods.Add(time, false);
    if (i % 100 == 0) note(periods.Close(periods.newest()));
  }
  note(periods.CloseAll());
  std::erase_if(last, [](const auto& hour) { return hour.second == 0; });
  EXPECT_EQ(last, expected);
}

}  // namespace
