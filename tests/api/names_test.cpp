// The names of what the public enumerations have.
#include <gtest/gtest.h>

#include "valence/valence.h"

namespace valence {
namespace {

TEST(Names, OfPrecisions) {
  EXPECT_STREQ(to_string(Precision::kAuto), "auto");
  EXPECT_STREQ(to_string(Precision::kF32), "f32");
  EXPECT_STREQ(to_string(Precision::kBf16), "bf16");
  EXPECT_STREQ(to_string(Precision::kInt8), "int8");
}

// As in config.json.
TEST(Names, OfProblemTypes) {
  EXPECT_STREQ(to_string(ProblemType::kSingleLabel), "single_label_classification");
  EXPECT_STREQ(to_string(ProblemType::kMultiLabel), "multi_label_classification");
  EXPECT_STREQ(to_string(ProblemType::kRegression), "regression");
}

// As the programs' --long-text takes them.
TEST(Names, OfWaysToReadLongTexts) {
  EXPECT_STREQ(to_string(LongText::kTruncate), "truncate");
  EXPECT_STREQ(to_string(LongText::kFirstAndLast), "first-and-last");
  EXPECT_STREQ(to_string(LongText::kMeanOfWindows), "mean-of-windows");
}

}  // namespace
}  // namespace valence
