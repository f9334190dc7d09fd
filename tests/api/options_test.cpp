// What Options accept, mean and refuse.
#include <gtest/gtest.h>

#include <fstream>

#include "ops/implementation.h"
#include "ops/int8.h"
#include "reference/committed_models.h"
#include "reference/random_model.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

std::filesystem::path Folder() { return internal::ReadCommittedModel("heads6-gelu-f32").folder; }  // 40 positions

void ExpectRefused(const Options& options, const std::string& name, const std::string& found) {
  try {
    Classifier::load(Folder(), options);
    ADD_FAILURE() << name << " = " << found << " was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find(name), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find(found), std::string::npos) << error.what();
  }
}

TEST(Options, NegativeThreadsAreRefused) {
  ExpectRefused({.threads = -1}, "threads", "-1");
  ExpectRefused({.threads = std::numeric_limits<int>::min()}, "threads", "-2147483648");
}

TEST(Options, AnAbsurdNumberOfThreadsIsRefused) {
  ExpectRefused({.threads = std::numeric_limits<int>::max()}, "threads", "2147483647");
}

TEST(Options, MaxTokensMustHoldTheTwoSpecialOnesAndFitTheModel) {
  for (const int tokens : {-1, 1, 41, 512, std::numeric_limits<int>::max()}) {
    ExpectRefused({.max_tokens = tokens}, "max_tokens", std::to_string(tokens));
  }
  for (const int tokens : {2, 3, 40}) {
    EXPECT_EQ(Classifier::load(Folder(), {.max_tokens = tokens}).max_tokens(), tokens);
  }
}

TEST(Options, MaxTokensCutsTheTextAndSaysSo) {
  const auto four = Classifier::load(Folder(), {.threads = 1, .max_tokens = 4, .precision = Precision::kF32});
  const auto all = Classifier::load(Folder(), {.threads = 1, .precision = Precision::kF32});
  const Prediction cut = four.classify("good bad dull fine");
  EXPECT_TRUE(cut.truncated);
  EXPECT_EQ(cut.logits, all.classify("good bad").logits);
  EXPECT_FALSE(four.classify("good bad").truncated);
  const auto two = Classifier::load(Folder(), {.threads = 1, .max_tokens = 2, .precision = Precision::kF32});
  EXPECT_EQ(two.classify("good bad").logits, all.classify("").logits);
  EXPECT_TRUE(two.classify("good").truncated);
}

TEST(Options, ZeroMeansTheModelsLimitAndAllCpus) {
  const auto classifier = Classifier::load(Folder());
  EXPECT_EQ(classifier.max_tokens(), 40);
  EXPECT_EQ(classifier.threads(), cpu_info().threads);
  EXPECT_EQ(classifier.precision(), cpu_info().precision);
  EXPECT_EQ(classifier.model_folder(), Folder());
}

TEST(Options, ThreadsArePassedOn) {
  for (const int threads : {1, 2, 7}) EXPECT_EQ(Classifier::load(Folder(), {.threads = threads}).threads(), threads);
}

TEST(Options, Int8IsTakenWhereTheCpuHasIt) {
  if (internal::Int8Products().empty()) GTEST_SKIP() << "int8 needs AVX2 and FMA";
  EXPECT_EQ(Classifier::load(Folder(), {.precision = Precision::kInt8}).precision(), Precision::kInt8);
  EXPECT_NE(cpu_info().precision, Precision::kInt8);  // never by kAuto
}

TEST(Options, PrecisionIsTakenOrRefused) {
  EXPECT_EQ(Classifier::load(Folder(), {.precision = Precision::kF32}).precision(), Precision::kF32);
  if (internal::HasNativeBf16()) {
    EXPECT_EQ(Classifier::load(Folder(), {.precision = Precision::kBf16}).precision(), Precision::kBf16);
    EXPECT_EQ(Classifier::load(Folder()).precision(), Precision::kBf16);
    return;
  }
  EXPECT_EQ(Classifier::load(Folder()).precision(), Precision::kF32);
  try {
    Classifier::load(Folder(), {.precision = Precision::kBf16});
    FAIL() << "bf16 was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupportedCpu);
    EXPECT_NE(std::string(error.what()).find("bf16"), std::string::npos) << error.what();
  }
}

TEST(Options, UnknownPrecisionIsRefused) {
  try {
    Classifier::load(Folder(), {.precision = static_cast<Precision>(7)});
    FAIL() << "7 was accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(error.what(), "Options::precision: expected a value of Precision, found 7");
  }
}

// The tokenizer files may allow more tokens than there are positions, or fewer.
TEST(Options, TheModelsLimitIsTheShorterOfPositionsAndTokenizer) {
  const internal::TemporaryFolder folder;
  internal::Config config;
  config.vocab_size = 50;
  config.max_position_embeddings = 24;
  config.dim = 16;
  config.n_heads = 2;
  config.hidden_dim = 16;
  config.n_layers = 1;
  internal::WriteModelFolder(folder.path(), internal::MakeRandomModel(config, 1));
  const auto limit_with = [&](const std::string& model_max_length) {
    std::ofstream(folder.path() / "tokenizer_config.json")
        << "{\"do_lower_case\": true, \"model_max_length\": " << model_max_length << "}";
    return Classifier::load(folder.path()).max_tokens();
  };
  EXPECT_EQ(limit_with("512"), 24);
  EXPECT_EQ(limit_with("1000000000000000019884624838656"), 24);
  EXPECT_EQ(limit_with("20"), 20);
}

}  // namespace
}  // namespace valence
