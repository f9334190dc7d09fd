// The ids are Hugging Face's: on every rule, on real texts, on generated ones and on every code point.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "tokenizer/reference_cases.h"
#include "unicode/utf8.h"

namespace valence::internal {
namespace {

void ExpectSameIds(const ReferenceCase& reference) {
  const Encoding found = TokenizerOf(reference.setting).encode(reference.text, reference.max_tokens);
  EXPECT_EQ(found.ids, reference.ids) << reference.setting << ": " << testing::PrintToString(reference.text);
  EXPECT_EQ(found.truncated, reference.truncated) << testing::PrintToString(reference.text);
}

class EveryRule : public testing::TestWithParam<ReferenceCase> {};
TEST_P(EveryRule, GivesTheIdsOfHuggingFace) { ExpectSameIds(GetParam()); }
INSTANTIATE_TEST_SUITE_P(HuggingFace, EveryRule, testing::ValuesIn(ReadCases("rules.jsonl")),
                         [](const auto& test) { return test.param.name; });

class GeneratedTexts : public testing::TestWithParam<std::string> {};
TEST_P(GeneratedTexts, GiveTheIdsOfHuggingFace) {
  std::string name = GetParam();
  std::replace(name.begin(), name.end(), '_', '-');
  for (const ReferenceCase& reference : ReadCases("generated-" + name + ".jsonl")) ExpectSameIds(reference);
}
INSTANTIATE_TEST_SUITE_P(HuggingFace, GeneratedTexts, testing::ValuesIn(AllSettings()),
                         [](const auto& test) { return test.param; });

TEST(HuggingFace, TextsOfEveryUnicodeBlockGiveItsIds) {
  for (const ReferenceCase& reference : ReadCases("blocks.jsonl")) ExpectSameIds(reference);
}

TEST(HuggingFace, CodePointsOnWhichUnicodeVersionsDisagreeGiveItsIds) {
  for (const ReferenceCase& reference : ReadCases("code_points.jsonl")) ExpectSameIds(reference);
}

TEST(HuggingFace, AllOfSst2DevGivesItsIds) {
  std::ifstream texts(VALENCE_TEST_DATA "/sst2-dev.tsv");
  std::ifstream answers(VALENCE_TEST_DATA "/tokenizer/sst2-dev.ids");
  std::string line;
  std::getline(texts, line);
  ASSERT_EQ(line, "text\tlabel");
  int compared = 0;
  for (std::string answer; std::getline(texts, line) && std::getline(answers, answer); ++compared) {
    std::istringstream numbers(answer);
    const std::vector<std::int32_t> expected{std::istream_iterator<std::int32_t>(numbers), {}};
    const std::string text = line.substr(0, line.rfind('\t'));
    EXPECT_EQ(TokenizerOf("uncased").encode(text).ids, expected) << text;
  }
  EXPECT_EQ(compared, 872);
}

// The digest of tests/data/tokenizer/make_reference.py: FNV-1a over whole ids.
class Digest {
 public:
  void Add(const std::vector<std::int32_t>& ids) {
    for (const std::int32_t id : ids) state_ = (state_ ^ static_cast<std::uint64_t>(id)) * 0x100000001b3u;
  }
  std::uint64_t value() const { return state_; }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325u;
};

void ExpectSameDigests(const std::string& setting, int column) {
  const Tokenizer& tokenizer = TokenizerOf(setting);
  std::ifstream file(VALENCE_TEST_DATA "/tokenizer/code_points.digest");
  std::vector<std::int32_t> ids;
  char32_t code_points = 0;
  for (std::string line; std::getline(file, line);) {
    std::istringstream fields(line);
    std::uint64_t block = 0, expected = 0;
    fields >> std::hex >> block;
    for (int i = 0; i <= column; ++i) fields >> expected;
    ASSERT_TRUE(fields) << line;
    Digest digest;
    for (char32_t c = static_cast<char32_t>(block); c < block + 1024; ++c, ++code_points) {
      std::string text;
      AppendUtf8(c, text);
      for (const std::string& context : {text, "a" + text + "b", "x " + text + " y"}) {
        ids.clear();
        tokenizer.encode_to(context, SIZE_MAX, ids);
        digest.Add(ids);
      }
    }
    EXPECT_EQ(digest.value(), expected) << setting << ": some code point from U+" << std::hex << block << " on";
  }
  EXPECT_EQ(code_points, 0x110000u - 0x800u);  // all but the surrogates
}

TEST(HuggingFace, EveryCodePointGivesItsIdsUncased) { ExpectSameDigests("uncased", 0); }
TEST(HuggingFace, EveryCodePointGivesItsIdsCased) { ExpectSameDigests("cased", 1); }
TEST(HuggingFace, EveryCodePointIsNormalisedAsItDoes) { ExpectSameDigests("transparent", 2); }
TEST(HuggingFace, EveryCodePointIsNormalisedAsItDoesCased) { ExpectSameDigests("transparent_cased", 3); }
TEST(HuggingFace, EveryCodePointIsStrippedAsItDoes) { ExpectSameDigests("transparent_stripped", 4); }

}  // namespace
}  // namespace valence::internal
