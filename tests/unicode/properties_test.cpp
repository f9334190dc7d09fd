// The Unicode properties that BERT's rules ask for.
#include "unicode/properties.h"

#include <gtest/gtest.h>

#include <string>

namespace valence::internal {
namespace {

std::u32string View(const ShortString& text) { return std::u32string(std::u32string_view(text)); }

TEST(Unicode, DecomposesFullyAndNothingTwice) {
  EXPECT_EQ(View(Decompose(U'a')), U"a");
  EXPECT_EQ(View(Decompose(U'\u00e9')), U"e\u0301");
  EXPECT_EQ(View(Decompose(U'\u1e69')), U"s\u0323\u0307");
  EXPECT_EQ(View(Decompose(U'\u1f82')), U"\u03b1\u0313\u0300\u0345");  // four, the most there are
  EXPECT_EQ(View(Decompose(U'\u212a')), U"K");
  EXPECT_EQ(View(Decompose(U'\ufb01')), U"\ufb01");  // only compatible with "fi"
  EXPECT_EQ(View(Decompose(U'\U0002f800')), U"\u4e3d");
}

TEST(Unicode, DecomposesHangulSyllables) {
  EXPECT_EQ(View(Decompose(U'\uac00')), U"\u1100\u1161");
  EXPECT_EQ(View(Decompose(U'\ud7a3')), U"\u1112\u1175\u11c2");
  EXPECT_EQ(View(Decompose(U'\ud7a4')), U"\ud7a4");
}

// Unicode 13 and 16 gave these decompositions, which utf8proc may know and Hugging Face does not.
TEST(Unicode, DoesNotDecomposeWhatHuggingFaceDoesNot) {
  for (const char32_t c : {U'\U00011938', U'\U000105c9', U'\U00016121', U'\U00016d68'}) {
    EXPECT_EQ(View(Decompose(c)), std::u32string(1, c));
  }
}

TEST(Unicode, NoDecompositionHoldsWhatDecomposesAgain) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    if ((TraitTable::Get()[c] & kDecomposes) == 0) continue;
    ASSERT_NE(View(Decompose(c)), std::u32string(1, c)) << std::hex << std::uint32_t{c};
    for (const char32_t part : View(Decompose(c))) {
      ASSERT_EQ(TraitTable::Get()[part] & kDecomposes, 0) << std::hex << std::uint32_t{c};
    }
  }
}

TEST(Unicode, LowersEachCodePointByItself) {
  EXPECT_EQ(View(Lowercase(U'A')), U"a");
  EXPECT_EQ(View(Lowercase(U'a')), U"a");
  EXPECT_EQ(View(Lowercase(U'\u0100')), U"\u0101");  // upper and lower case alternate here
  EXPECT_EQ(View(Lowercase(U'\u0101')), U"\u0101");
  EXPECT_EQ(View(Lowercase(U'\u03a3')), U"\u03c3");  // never the final sigma
  EXPECT_EQ(View(Lowercase(U'\u0130')), U"i\u0307");
  EXPECT_EQ(View(Lowercase(U'\u1e9e')), U"\u00df");
  EXPECT_EQ(View(Lowercase(U'\U00010400')), U"\U00010428");
}

TEST(Unicode, LowercaseTraitSaysWhatLowercaseDoes) {
  for (char32_t c = 0; c < 0x110000; ++c) {
    const bool changes = View(Lowercase(c)) != std::u32string(1, c);
    ASSERT_EQ((TraitTable::Get()[c] & kHasLowercase) != 0, changes) << std::hex << std::uint32_t{c};
  }
}

TEST(Unicode, CombiningClassTraitSaysWhetherItIsNotZero) {
  EXPECT_EQ(CombiningClass(U'\u0301'), 230);
  EXPECT_EQ(CombiningClass(U'\u0323'), 220);
  EXPECT_EQ(CombiningClass(U'\U0001d165'), 216);
  EXPECT_EQ(CombiningClass(U'\u0901'), 0);  // a nonspacing mark all the same
  for (char32_t c = 0; c < 0x110000; ++c) {
    ASSERT_EQ((TraitTable::Get()[c] & kIsReordered) != 0, CombiningClass(c) != 0) << std::hex << std::uint32_t{c};
  }
}

TEST(Unicode, WordCharactersAreLettersMarksDigitsAndUnderscore) {
  for (const char32_t c : {U'a', U'Z', U'0', U'_', U'\u00e9', U'\u0301', U'\u4e2d', U'\u200d', U'\u24b6'}) {
    EXPECT_TRUE(IsWordCharacter(c)) << std::hex << std::uint32_t{c};
  }
  for (const char32_t c : {U' ', U'-', U'.', U'\ufffd', U'\u20ac', U'\U0001f600'}) {
    EXPECT_FALSE(IsWordCharacter(c)) << std::hex << std::uint32_t{c};
  }
}

}  // namespace
}  // namespace valence::internal
