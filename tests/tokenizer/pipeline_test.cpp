// The tokenizer in one pass gives the ids of the one that works step by step.
#include "tokenizer/pipeline.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "tokenizer/settings.h"
#include "unicode/properties.h"
#include "unicode/utf8.h"

namespace valence::internal {
namespace {

// Random texts of the characters that the two implementations treat differently, next to each other.
class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : random_(seed) {
    const TraitTable& traits = TraitTable::Get();
    for (char32_t c = 0; c < 0x110000; ++c) {
      if (c >= 0xd800 && c < 0xe000) continue;
      if ((traits[c] & kIsReordered) != 0 && (traits[c] & kIsNonspacingMark) == 0) reordered_ += c;
      if ((traits[c] & ~kIsDropped) != 0) special_ += c;
    }
  }

  std::string Next() {
    std::string text;
    for (auto parts = Below(14); parts > 0; --parts) AppendPart(text);
    if (Below(4) == 0) {
      for (char& byte : text) {
        if (Below(12) == 0) byte = static_cast<char>(Below(256));
      }
    }
    return text;
  }

  std::size_t Below(std::size_t count) { return random_() % count; }

 private:
  void AppendPart(std::string& text) {
    static const std::vector<std::string> kTokens = {"[SEP]", "[CLS]", "[sep]",        "[SEP",     "[UNK][MASK]",
                                                     "ing",   " x",    "[SEP] x",      "go [SEP]", "<r>",
                                                     "  ",    "\t",    "\xef\xbf\xbd!"};
    switch (Below(8)) {
      case 0:
        text += kTokens[Below(kTokens.size())];
        break;
      case 1:
        AppendUtf8(reordered_[Below(reordered_.size())], text);
        break;
      case 2:
      case 3:
        AppendUtf8(special_[Below(special_.size())], text);
        break;
      case 4:
        AppendUtf8(static_cast<char32_t>(Below(0xd800)), text);
        break;
      case 5:
        text += static_cast<char>(Below(128));
        break;
      case 6:
        text += UncasedSpec().vocab[Below(UncasedSpec().vocab.size())].first;
        break;
      default:
        for (auto times = Below(110); times > 0; --times) text += Below(50) == 0 ? "\xc3\xa9" : "a";
    }
    if (Below(3) == 0) text += ' ';
  }

  std::mt19937 random_;
  std::u32string reordered_;  // marks that stay and may have to be put in order
  std::u32string special_;    // whatever is treated in some way
};

class EveryTokenizer : public testing::TestWithParam<std::string> {};

TEST_P(EveryTokenizer, GivesTheSameIdsInOnePassAndStepByStep) {
  const TokenizerPipeline pipeline(MakeSpec(GetParam()));
  RandomTexts texts(7);
  for (int i = 0; i < 20000; ++i) {
    const std::string text = texts.Next();
    const std::size_t max_pieces = texts.Below(2) == 0 ? SIZE_MAX : texts.Below(10);
    std::vector<std::int32_t> one_pass, step_by_step;
    const bool one_pass_truncated = pipeline.EncodeInOnePass(text, max_pieces, one_pass);
    const bool step_by_step_truncated = pipeline.EncodeStepByStep(text, max_pieces, step_by_step);
    ASSERT_EQ(one_pass, step_by_step) << testing::PrintToString(text);
    ASSERT_EQ(one_pass_truncated, step_by_step_truncated) << testing::PrintToString(text);
  }
}

// All but those that one pass is not for.
INSTANTIATE_TEST_SUITE_P(OnRandomTexts, EveryTokenizer,
                         testing::Values("uncased", "cased", "cased_stripped", "uncased_accents", "no_cjk", "no_clean",
                                         "no_clean_cased", "max_5_chars", "other_prefix", "no_prefix", "other_unknown",
                                         "transparent", "transparent_cased", "transparent_stripped", "transparent_raw",
                                         "single_word"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace valence::internal
