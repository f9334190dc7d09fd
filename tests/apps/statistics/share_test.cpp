// Shares: the interval beside SciPy's, and what is concluded from it.
#include "statistics/share.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>

namespace {

TEST(WilsonInterval, IsSciPys) {
  const auto reference = nlohmann::json::parse(std::ifstream(VALENCE_REFERENCES "/statistics/interval_reference.json"));
  ASSERT_GT(reference.at("intervals").size(), 5U);
  for (const auto& expected : reference.at("intervals")) {
    const statistics::Proportion share{expected.at("positive"), expected.at("count")};
    const statistics::Interval interval = share.interval();
    EXPECT_NEAR(interval.low, expected.at("low").get<double>(), 1e-12) << expected;
    EXPECT_NEAR(interval.high, expected.at("high").get<double>(), 1e-12) << expected;
  }
}

TEST(Conclusion, NeedsEnoughTextsAndAnIntervalOnOneSideOfAHalf) {
  EXPECT_STREQ(statistics::Conclusion({}, 1), "too few to conclude");
  EXPECT_STREQ(statistics::Conclusion({9, 9}, 10), "too few to conclude");
  EXPECT_STREQ(statistics::Conclusion({9, 10}, 10), "mostly positive");
  EXPECT_STREQ(statistics::Conclusion({1, 10}, 10), "mostly negative");
  EXPECT_STREQ(statistics::Conclusion({7, 10}, 10), "undecided");
  EXPECT_STREQ(statistics::Conclusion({550, 1000}, 10), "mostly positive");
  EXPECT_STREQ(statistics::Conclusion({520, 1000}, 10), "undecided");
}

TEST(Share, IsDescribedWithItsInterval) {
  EXPECT_EQ(statistics::Described({94, 120}, 10), "78.3 % positive (95 % interval 70.1 to 84.8 %), mostly positive");
  nlohmann::ordered_json object;
  statistics::AddTo(object, {94, 120}, 10);
  EXPECT_EQ(object.dump(),
            R"({"positive":94,"share":0.783333,"low":0.701456,"high":0.847633,"conclusion":"mostly positive"})");
  statistics::AddTo(object, {}, 10);
  EXPECT_TRUE(object.at("share").is_null());
}

}  // namespace
