// Sentences by the rules that sentences.h states.
#include "reviews/sentences.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>
#include <vector>

namespace {

using Sentences = std::vector<std::string>;

Sentences Split(std::string_view text) {
  const auto sentences = reviews::SplitSentences(text);
  return {sentences.begin(), sentences.end()};
}

TEST(Sentences, EndAtMarksBeforeWhiteSpace) {
  EXPECT_EQ(Split("It boils fast. Is it quiet? Not at all!! I love it..."),
            (Sentences{"It boils fast.", "Is it quiet?", "Not at all!!", "I love it..."}));
  EXPECT_EQ(Split("version 2.5 of example.org is out now"), (Sentences{"version 2.5 of example.org is out now"}));
  EXPECT_EQ(Split("the acting is fine . the plot is not ."), (Sentences{"the acting is fine .", "the plot is not ."}));
}

TEST(Sentences, EndAtLineEnds) {
  EXPECT_EQ(Split("Good sound and bass\r\nBad battery and case\n\n"),
            (Sentences{"Good sound and bass", "Bad battery and case"}));
}

TEST(Sentences, KeepClosingQuotesAndBrackets) {
  EXPECT_EQ(Split("He said \"it is broken.\" I agreed with him. (It was really so.) We sent it back."),
            (Sentences{"He said \"it is broken.\"", "I agreed with him.", "(It was really so.)", "We sent it back."}));
  EXPECT_EQ(Split("They call it \xe2\x80\x9cthe best.\xe2\x80\x9d We all do not."),
            (Sentences{"They call it \xe2\x80\x9cthe best.\xe2\x80\x9d", "We all do not."}));
}

TEST(Sentences, GoOnAfterAbbreviationsAndDotsBeforeASmallLetter) {
  EXPECT_EQ(Split("Mr. Smith and Dr. J. R. Ewing, e.g. on Monday, are fine. Kramer vs. Kramer is better."),
            (Sentences{"Mr. Smith and Dr. J. R. Ewing, e.g. on Monday, are fine.", "Kramer vs. Kramer is better."}));
  EXPECT_EQ(Split("it was ... well ... a disappointment. Never ever again... The end of it."),
            (Sentences{"it was ... well ... a disappointment.", "Never ever again...", "The end of it."}));
}

TEST(Sentences, OfOneOrTwoWordsAreJoined) {
  EXPECT_EQ(Split("Wow! Great. It boils fast. Love it."), (Sentences{"Wow! Great. It boils fast. Love it."}));
  EXPECT_EQ(Split("It boils very fast. It broke. Sent it back to them."),
            (Sentences{"It boils very fast.", "It broke. Sent it back to them."}));
  EXPECT_EQ(Split("Wow!"), (Sentences{"Wow!"}));
  EXPECT_EQ(Split("1. 2. 3. ... !!"), (Sentences{"1. 2. 3. ... !!"}));
}

TEST(Sentences, OfNothingAreNone) {
  EXPECT_EQ(Split(""), Sentences{});
  EXPECT_EQ(Split(" \n\t "), Sentences{});
}

// The SST-2 development texts: no sentence is empty, none overlaps another, and only white space is left out.
TEST(Sentences, HoldAllButWhiteSpace) {
  std::ifstream file(VALENCE_TEST_DATA "/sst2-dev.tsv");
  std::size_t texts = 0;
  for (std::string text; std::getline(file, text); ++texts) {
    std::string all;
    for (const auto& sentence : Split(text)) {
      EXPECT_FALSE(sentence.empty());
      all += sentence;
    }
    for (std::string* each : {&all, &text}) std::erase_if(*each, [](char c) { return c == ' ' || c == '\t'; });
    EXPECT_EQ(all, text);
  }
  EXPECT_EQ(texts, 873U);
}

}  // namespace
