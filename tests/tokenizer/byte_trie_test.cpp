// The trie against a plain map of strings.
#include "tokenizer/byte_trie.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

namespace valence::internal {
namespace {

using Keys = std::vector<std::pair<std::string_view, std::int32_t>>;

ByteTrie::Match Longest(const ByteTrie& trie, std::string_view text, ByteTrie::Node from = ByteTrie::kRoot) {
  return trie.LongestPrefix(from, text.data(), text.data() + text.size());
}

TEST(ByteTrie, FindsTheLongestKeyThatATextBeginsWith) {
  const ByteTrie trie(Keys{{"mov", 1}, {"movie", 2}, {"movies", 3}, {"m", 4}});
  EXPECT_EQ(Longest(trie, "movies!").value, 3);
  EXPECT_EQ(Longest(trie, "movi").value, 1);
  EXPECT_EQ(Longest(trie, "movi").length, 3u);
  EXPECT_EQ(Longest(trie, "mo").value, 4);
  EXPECT_EQ(Longest(trie, "x").length, 0u);
  EXPECT_EQ(Longest(trie, "").length, 0u);
}

TEST(ByteTrie, GoesOnFromTheNodeOfAPrefix) {
  const ByteTrie trie(Keys{{"##ing", 1}, {"ing", 2}, {"##", 3}});
  EXPECT_EQ(Longest(trie, "ing", trie.Find("##")).value, 1);
  EXPECT_EQ(Longest(trie, "x", trie.Find("##")).length, 0u);  // not the piece "##" itself
  EXPECT_EQ(trie.Find("#i"), ByteTrie::kNoNode);
}

TEST(ByteTrie, OfEqualKeysTheLastOneCounts) { EXPECT_EQ(ByteTrie(Keys{{"a", 1}, {"b", 5}, {"a", 2}}).ValueOf("a"), 2); }

TEST(ByteTrie, HoldsNothingOrTheEmptyKey) {
  EXPECT_EQ(Longest(ByteTrie(Keys{}), "a").length, 0u);
  EXPECT_EQ(ByteTrie(Keys{}).ValueOf(""), ByteTrie::kNoValue);
  EXPECT_EQ(Longest(ByteTrie(Keys{{"", 7}}), "a").length, 0u);
  EXPECT_EQ(ByteTrie(Keys{{"", 7}}).ValueOf(""), 7);
}

TEST(ByteTrie, AgreesWithAMapOnRandomKeysOfAnyBytes) {
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    // From 2 letters, so that keys have long common prefixes, to all bytes, NUL included.
    const unsigned letters = round % 3 == 0 ? 2 : round % 3 == 1 ? 12 : 256;
    const auto random_bytes = [&](unsigned most) {
      std::string bytes(random() % (most + 1), '\0');
      for (char& byte : bytes) byte = static_cast<char>(random() % letters);
      return bytes;
    };
    std::map<std::string, std::int32_t> expected;
    for (int i = 0; i < 2000; ++i) expected[random_bytes(7)] = i;
    const ByteTrie trie(Keys(expected.begin(), expected.end()));
    for (int i = 0; i < 4000; ++i) {
      const std::string text = random_bytes(9);
      const auto whole = expected.find(text);
      ASSERT_EQ(trie.ValueOf(text), whole == expected.end() ? ByteTrie::kNoValue : whole->second);
      std::size_t length = text.size();
      while (length > 0 && expected.count(text.substr(0, length)) == 0) --length;
      const ByteTrie::Match match = Longest(trie, text);
      ASSERT_EQ(match.length, length);
      ASSERT_EQ(match.value, length == 0 ? ByteTrie::kNoValue : expected[text.substr(0, length)]);
    }
  }
}

}  // namespace
}  // namespace valence::internal
