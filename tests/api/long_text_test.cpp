// Texts of more tokens than the limit: what is read of them, the answers transformers gives for that, and the same bits
// in every batch.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>
#include <numeric>
#include <random>

#include "ops/implementation.h"
#include "reference/committed_models.h"
#include "reference/random_model.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

constexpr LongText kWays[] = {LongText::kTruncate, LongText::kFirstAndLast, LongText::kMeanOfWindows};

std::filesystem::path Folder() { return internal::ReadCommittedModel("heads6-gelu-f32").folder; }  // 40 positions

Classifier Load(int max_tokens, LongText long_text, int stride = 0, int threads = 1) {
  return Classifier::load(Folder(), {.threads = threads,
                                     .max_tokens = max_tokens,
                                     .precision = Precision::kF32,
                                     .long_text = long_text,
                                     .stride = stride});
}

LongText WayOf(const std::string& name) {
  for (const LongText way : kWays) {
    if (to_string(way) == name) return way;
  }
  throw std::invalid_argument(name);
}

std::vector<std::vector<std::int32_t>> Ids(const std::vector<Encoding>& encodings) {
  std::vector<std::vector<std::int32_t>> ids;
  for (const Encoding& encoding : encodings) ids.push_back(encoding.ids);
  return ids;
}

// tests/data/long_texts.py wrote the file.
TEST(LongTexts, AreReadAndAnsweredAsTransformersDoes) {
  std::ifstream file(VALENCE_TEST_DATA "/long-texts.jsonl");
  int lines = 0;
  for (std::string line; std::getline(file, line); ++lines) {
    SCOPED_TRACE(line);
    const auto expected = nlohmann::json::parse(line);
    const LongText way = WayOf(expected.at("long_text"));
    const auto classifier = Load(expected.at("max_tokens"), way, expected.at("stride"));
    const std::string text = expected.at("text");
    const auto encodings = classifier.encode(text);
    if (expected.at("ids").is_array()) {
      EXPECT_EQ(Ids(encodings), expected.at("ids").get<std::vector<std::vector<std::int32_t>>>());
    } else {
      EXPECT_EQ(encodings.size(), expected.at("ids").get<std::size_t>());
    }
    const Prediction prediction = classifier.classify(text);
    const auto logits = expected.at("logits").get<std::vector<float>>();
    ASSERT_EQ(prediction.logits.size(), logits.size());
    for (std::size_t i = 0; i < logits.size(); ++i) EXPECT_NEAR(prediction.logits[i], logits[i], 1e-4);
    const bool is_long =
        classifier.tokenizer().encode(text, SIZE_MAX).ids.size() > static_cast<std::size_t>(classifier.max_tokens());
    EXPECT_EQ(prediction.truncated, is_long && way != LongText::kMeanOfWindows);
    for (const Encoding& encoding : encodings) EXPECT_EQ(encoding.truncated, prediction.truncated);
  }
  EXPECT_EQ(lines, 96);
}

TEST(LongTexts, AMeanOfWindowsIsTheMeanOfTheWindowsAnswers) {
  const std::string first = "good bad dull fine a b c";
  const auto all = Load(0, LongText::kTruncate);
  const auto windows = Load(9, LongText::kMeanOfWindows);  // of 7 words
  const Prediction mean = windows.classify(first + " d e f good bad dull fine g");
  // Three windows: at 0, at 7 and, as the text has 15 words, at 8.
  const auto one = all.classify(first).logits, two = all.classify("d e f good bad dull fine").logits,
             last = all.classify("e f good bad dull fine g").logits;
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(mean.logits[i], static_cast<float>((double{one[i]} + double{two[i]} + double{last[i]}) / 3));
  }
  const double sum = std::exp(double{mean.logits[0]}) + std::exp(double{mean.logits[1]});
  EXPECT_NEAR(mean.scores[0], std::exp(double{mean.logits[0]}) / sum, 1e-6);
  EXPECT_FALSE(mean.truncated);
}

TEST(LongTexts, AShortTextIsReadAlikeInEveryWay) {
  for (const char* text : {"", "good", "good bad dull fine a b c"}) {
    const Prediction expected = Load(9, LongText::kTruncate).classify(text);
    for (const LongText way : kWays) {
      const Prediction prediction = Load(9, way).classify(text);
      EXPECT_EQ(prediction.logits, expected.logits);
      EXPECT_FALSE(prediction.truncated);
    }
  }
}

TEST(LongTexts, TheSmallestLimits) {
  EXPECT_EQ(Ids(Load(2, LongText::kFirstAndLast).encode("good bad")), Ids(Load(2, LongText::kTruncate).encode("good")));
  EXPECT_TRUE(Load(2, LongText::kFirstAndLast).classify("good bad").truncated);
  EXPECT_EQ(Ids(Load(3, LongText::kFirstAndLast).encode("good bad")), Ids(Load(3, LongText::kTruncate).encode("bad")));
  EXPECT_EQ(Load(3, LongText::kMeanOfWindows).encode("good bad dull").size(), 3u);
}

class LongTextBits : public testing::TestWithParam<Precision> {};

TEST_P(LongTextBits, AreTheSameInEveryBatchOrderAndNumberOfThreads) {
  if (GetParam() == Precision::kBf16 && !internal::HasNativeBf16()) GTEST_SKIP() << "no bf16 here";
  internal::Config config;
  config.vocab_size = 300;
  config.dim = 60;
  config.n_heads = 5;
  config.hidden_dim = 77;
  config.n_layers = 2;
  const internal::TemporaryFolder folder;
  internal::WriteModelFolder(folder.path(), internal::MakeRandomModel(config, 61, "BF16"));
  std::vector<std::string> texts;
  std::uint32_t seed = 0;
  for (const std::size_t length : std::initializer_list<std::size_t>{2, 7, 33, 34, 35, 50, 64, 65, 66, 97, 300, 1000}) {
    texts.push_back(internal::TextOf(internal::RandomIds(config, length, ++seed)));
  }
  std::mt19937 generator(62);
  for (const auto& [way, stride] :
       {std::pair{LongText::kFirstAndLast, 0}, {LongText::kMeanOfWindows, 0}, {LongText::kMeanOfWindows, 13}}) {
    std::vector<std::vector<float>> alone;
    for (const int threads : {1, 2, 3}) {
      const auto classifier = Classifier::load(
          folder.path(),
          {.threads = threads, .max_tokens = 34, .precision = GetParam(), .long_text = way, .stride = stride});
      if (alone.empty()) {
        for (const std::string& text : texts) alone.push_back(classifier.classify(text).logits);
      }
      std::vector<std::size_t> order(texts.size());
      std::iota(order.begin(), order.end(), 0);
      for (int round = 0; round < 4; ++round) {
        std::vector<std::string_view> batch;
        for (const std::size_t i : order) batch.push_back(texts[i]);
        const auto predictions = classifier.classify(batch);
        for (std::size_t i = 0; i < order.size(); ++i) {
          EXPECT_EQ(std::memcmp(predictions[i].logits.data(), alone[order[i]].data(), 2 * sizeof(float)), 0)
              << to_string(way) << " text " << order[i] << " on " << threads << " threads";
        }
        std::shuffle(order.begin(), order.end(), generator);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, LongTextBits, testing::Values(Precision::kF32, Precision::kBf16),
                         [](const auto& tested) { return std::string(to_string(tested.param)); });

long PeakKilobytes() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_maxrss;
}

// Ten megabytes are 2.5 million pieces, 20 MB of ids while they are collected; a copy for every overlapping window
// would be hundreds of megabytes.
TEST(LongTexts, TenMegabytesTakeBoundedMemory) {
  const auto truncate = Load(40, LongText::kTruncate), ends = Load(40, LongText::kFirstAndLast);
  std::string text;
  while (text.size() < 10'000'000) text += "bad ";
  text += "good";
  ends.classify("good");
  const long before = PeakKilobytes();
  EXPECT_TRUE(truncate.classify(text).truncated);
  EXPECT_TRUE(ends.classify(text).truncated);
#ifndef __SANITIZE_THREAD__  // which has memory of its own for the memory that was touched
  EXPECT_LT(PeakKilobytes() - before, 60'000);
#endif
}

TEST(LongTexts, OptionsAreCheckedAndTold) {
  const auto refused = [](const Options& options, const std::string& name, const std::string& found) {
    try {
      Classifier::load(Folder(), options);
      ADD_FAILURE() << name << " " << found << " was accepted";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
      EXPECT_NE(std::string(error.what()).find(found), std::string::npos) << error.what();
    }
  };
  refused({.stride = -1}, "stride", "-1");
  refused({.long_text = LongText::kMeanOfWindows, .stride = 39}, "stride", "39");
  refused({.max_tokens = 2, .long_text = LongText::kMeanOfWindows}, "max_tokens", "2");
  refused({.long_text = static_cast<LongText>(7)}, "long_text", "7");
  EXPECT_EQ(Load(0, LongText::kMeanOfWindows).stride(), 38);
  EXPECT_EQ(Load(20, LongText::kMeanOfWindows, 5).stride(), 5);
  EXPECT_EQ(Load(20, LongText::kMeanOfWindows, 18).long_text(), LongText::kMeanOfWindows);
  EXPECT_EQ(Load(0, LongText::kTruncate).long_text(), LongText::kTruncate);
}

TEST(Preparation, ClassifiesThePreparedText) {
  const TextPreparation preparation{.strip_urls = true, .lower_case = true, .remove_stop_words = true};
  const auto prepared = Classifier::load(Folder(), {.threads = 1, .preparation = preparation});
  const auto raw = Classifier::load(Folder(), {.threads = 1});
  const std::string text = "The film was GOOD: https://x.org/bad";
  EXPECT_EQ(prepare(text, preparation), " film  good: ");
  EXPECT_EQ(prepared.classify(text).logits, raw.classify("film good:").logits);
  EXPECT_NE(raw.classify(text).logits, raw.classify("film good:").logits);
  EXPECT_EQ(Ids(prepared.encode(text)), Ids(raw.encode("film good:")));
  EXPECT_EQ(prepared.preparation(), preparation);
  EXPECT_EQ(raw.preparation(), TextPreparation{});
}

}  // namespace
}  // namespace valence
