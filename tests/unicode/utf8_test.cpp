// Decoding UTF-8: every well-formed code point, every maximal ill-formed sequence.
#include "unicode/utf8.h"

#include <gtest/gtest.h>

#include <string>

namespace valence::internal {
namespace {

std::u32string Decode(std::string_view text) {
  std::u32string result;
  ForEachCodePoint(text, [&](char32_t c) { result += c; });
  return result;
}

TEST(Utf8, EveryScalarValueSurvivesEncodingAndDecoding) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (c >= 0xd800 && c < 0xe000) continue;
    std::string text;
    AppendUtf8(c, text);
    const DecodedCodePoint decoded = DecodeUtf8(text.data(), text.data() + text.size());
    ASSERT_EQ(decoded.code_point, c);
    ASSERT_EQ(decoded.length, text.size());
    ASSERT_EQ(CountCodePoints(text), 1u);
    const std::string after_another = "\xf0\x9f\x98\x80" + text;
    ASSERT_EQ(CodePointBefore(after_another.data(), after_another.data() + after_another.size()), c);
  }
}

// The examples of The Unicode Standard, tables 3-8 to 3-11.
TEST(Utf8, EveryMaximalIllFormedSubsequenceIsOneReplacement) {
  EXPECT_EQ(Decode("\xc0\xaf\xe0\x80\xbf\xf0\x81\x82\x41"), U"\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdA");
  EXPECT_EQ(Decode("\xed\xa0\x80\xed\xbf\xbf\xed\xaf\x41"), U"\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffd\ufffdA");
  EXPECT_EQ(Decode("\xf4\x91\x92\x93\xff\x41\x80\xbf\x42"), U"\ufffd\ufffd\ufffd\ufffd\ufffdA\ufffd\ufffdB");
  EXPECT_EQ(Decode("\xe1\x80\xe2\xf0\x91\x92\xf1\xbf\x41"), U"\ufffd\ufffd\ufffd\ufffdA");
}

TEST(Utf8, ASequenceThatTheTextBreaksOffIsOneReplacement) {
  EXPECT_EQ(Decode("a\xf0\x9f\x98"), U"a\ufffd");
  EXPECT_EQ(Decode("a\xe2\x82"), U"a\ufffd");
  EXPECT_EQ(Decode("a\xc3"), U"a\ufffd");
}

TEST(Utf8, WhatIsIllFormedBeforeAPositionIsAReplacement) {
  for (const std::string text : {"a\x80", "a\xe2\x82", "a\xf0\x9f\x98", "\xff", "a\xed\xa0\x80"}) {
    EXPECT_EQ(CodePointBefore(text.data(), text.data() + text.size()), kReplacement) << testing::PrintToString(text);
  }
}

}  // namespace
}  // namespace valence::internal
