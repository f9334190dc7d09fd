// Time stamps beside Python's datetime.
#include "brand_watch/time_stamp.h"

#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace {

constexpr std::int64_t kNow = 4'200'000'000;  // in 2103

nlohmann::json Reference() {
  return nlohmann::json::parse(std::ifstream(VALENCE_REFERENCES "/brand_watch/time_reference.json"));
}

TEST(TimeStamp, Iso8601IsReadAsPythonDoes) {
  const auto times = Reference().at("times");
  ASSERT_GT(times.size(), 10U);
  for (const auto& time : times) {
    EXPECT_EQ(brand_watch::ParseTimeStamp(time.at("text").get<std::string>(), kNow), time.at("seconds")) << time;
  }
}

TEST(TimeStamp, WhatIsNoneIsRefused) {
  const auto no_times = Reference().at("no_times");
  ASSERT_GT(no_times.size(), 10U);
  for (const auto& text : no_times) {
    EXPECT_THROW(brand_watch::ParseTimeStamp(text.get<std::string>(), kNow), std::invalid_argument) << text;
  }
}

TEST(TimeStamp, UnixSecondsMayHaveAFraction) {
  EXPECT_EQ(brand_watch::ParseTimeStamp("0", kNow), 0);
  EXPECT_EQ(brand_watch::ParseTimeStamp("1795470498", kNow), 1795470498);
  EXPECT_EQ(brand_watch::ParseTimeStamp("1795470498.999", kNow), 1795470498);
  EXPECT_EQ(brand_watch::ParseTimeStamp("1.795470498e9", kNow), 1795470498);
  for (const char* text : {"nan", "inf", "1e300", "-1", "0x10", " 1", "1 ", "1795470498s"}) {
    EXPECT_THROW(brand_watch::ParseTimeStamp(text, kNow), std::invalid_argument) << text;
  }
}

TEST(TimeStamp, LeapSecondIsTheNextSecond) {
  EXPECT_EQ(brand_watch::ParseTimeStamp("2016-12-31T23:59:60Z", kNow),
            brand_watch::ParseTimeStamp("2017-01-01T00:00:00Z", kNow));
}

TEST(TimeStamp, NoPostComesFromTheFutureOrFromBefore1970) {
  EXPECT_EQ(brand_watch::ParseTimeStamp(std::to_string(kNow + 86400), kNow), kNow + 86400);
  EXPECT_THROW(brand_watch::ParseTimeStamp(std::to_string(kNow + 86401), kNow), std::invalid_argument);
  EXPECT_THROW(brand_watch::ParseTimeStamp("1795470498000", kNow), std::invalid_argument);  // milliseconds
  EXPECT_THROW(brand_watch::ParseTimeStamp("1969-12-31T23:59:59Z", kNow), std::invalid_argument);
  EXPECT_THROW(brand_watch::ParseTimeStamp("1970-01-01T00:00:00+00:01", kNow), std::invalid_argument);
}

TEST(TimeStamp, ErrorSaysWhatWasExpectedAndFound) {
  try {
    brand_watch::ParseTimeStamp("yesterday", kNow);
    FAIL();
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "expected a time as 2026-11-23T21:48:18Z or in Unix seconds, found \"yesterday\"");
  }
}

TEST(TimeStamp, IsPrintedInUtc) {
  EXPECT_EQ(brand_watch::FormatTimeStamp(0), "1970-01-01T00:00:00Z");
  const auto times = Reference().at("times");
  ASSERT_GT(times.size(), 10U);
  for (const auto& time : times) {
    EXPECT_EQ(brand_watch::ParseTimeStamp(brand_watch::FormatTimeStamp(time.at("seconds")), kNow), time.at("seconds"));
  }
}

}  // namespace
