// Foreign bytes in messages.
#include "unicode/printable.h"

#include <gtest/gtest.h>

namespace valence::internal {
namespace {

TEST(Quoted, LeavesPlainTextAlone) {
  EXPECT_EQ(Quoted("distilbert.embeddings"), "\"distilbert.embeddings\"");
  EXPECT_EQ(Quoted("caf\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80"), "\"caf\xC3\xA9 \xE4\xB8\xAD \xF0\x9F\x98\x80\"");
}

TEST(Quoted, EscapesWhatSteersATerminal) {
  EXPECT_EQ(Quoted(std::string_view("a\n\t\x1B[31m\0\x7F", 10)), "\"a\\x0a\\x09\\x1b[31m\\x00\\x7f\"");
  EXPECT_EQ(Quoted("\xC2\x9B"
                   "1m"),
            "\"\\xc2\\x9b1m\"");  // C1: another escape
  EXPECT_EQ(Quoted("\xE2\x80\xAE"
                   "abc"),
            "\"\\xe2\\x80\\xaeabc\"");  // right-to-left override
  EXPECT_EQ(Quoted("\xE2\x80\xA8\xEF\xBB\xBF\xE2\x81\xA6"), "\"\\xe2\\x80\\xa8\\xef\\xbb\\xbf\\xe2\\x81\\xa6\"");
}

TEST(Quoted, EscapesQuotesAndBackslashes) { EXPECT_EQ(Quoted("a\"\\"), "\"a\\x22\\x5c\""); }

TEST(Quoted, EscapesIllFormedUtf8) {
  EXPECT_EQ(Quoted("a\xFF\xC3"), "\"a\\xff\\xc3\"");
  EXPECT_EQ(Quoted("\xE4\xB8z"), "\"\\xe4\\xb8z\"");
}

TEST(Quoted, BoundsTheLengthWithoutCuttingACharacter) {
  EXPECT_EQ(Quoted(std::string(100, 'n')), '"' + std::string(100, 'n') + '"');
  EXPECT_EQ(Quoted(std::string(101, 'n')), '"' + std::string(100, 'n') + "..\"");
  EXPECT_EQ(Quoted("ab\xC3\xA9", 3), "\"ab..\"");
  EXPECT_LT(Quoted(std::string(1000000, '\xFF')).size(), 500u);
}

TEST(IsUtf8, TakesWellFormedSequencesOnly) {
  for (const char* good : {"", "a", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xED\x9F\xBF", "\xEE\x80\x80",
                           "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(IsUtf8(good)) << Quoted(good);
  }
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\xAF", "\xC1\xBF", "\xC2", "\xC2 ", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
        "\xE2\x82 ", "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "ok\xF0\x9F\x98"}) {
    EXPECT_FALSE(IsUtf8(bad)) << Quoted(bad);
  }
}

}  // namespace
}  // namespace valence::internal
