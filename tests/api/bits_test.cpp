// A text's logits have the same bits in every batch and order, on any number of threads, beside other calls.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <initializer_list>
#include <numeric>
#include <random>
#include <thread>

#include "ops/implementation.h"
#include "ops/int8.h"
#include "reference/random_model.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::TemporaryFolder;

struct BitsCase {
  const char* name;
  int dim, heads, hidden_dim, layers;  // dim 0: the default model
  Precision precision;
  const internal::Architecture* architecture = &internal::kDistilBert;
};

class Bits : public testing::TestWithParam<BitsCase> {
 protected:
  void SetUp() override {
    if (GetParam().precision == Precision::kBf16 && !internal::HasNativeBf16()) GTEST_SKIP() << "no bf16 here";
    if (GetParam().precision == Precision::kInt8 && internal::Int8Products().empty()) GTEST_SKIP() << "no int8 here";
    config_.vocab_size = 300;
    const BitsCase& sizes = GetParam();
    if (sizes.dim != 0) {
      config_.architecture = sizes.architecture;
      config_.dim = sizes.dim;
      config_.n_heads = sizes.heads;
      config_.hidden_dim = sizes.hidden_dim;
      config_.n_layers = sizes.layers;
      internal::WriteModelFolder(folder_.path(), internal::MakeRandomModel(config_, 51, "BF16"));
    }
    MakeTexts();
    const auto classifier = Load(1);
    for (const std::string& text : texts_) alone_.push_back(classifier.classify(text).logits);
  }

  // Lengths in all row buckets. The default model splits "w123" into three pieces: its texts are fewer and longer.
  void MakeTexts() {
    const std::size_t copies = GetParam().dim == 0 ? 1 : 3;
    std::uint32_t seed = 0;
    for (const std::size_t length : std::initializer_list<std::size_t>{2,  3,  4,  7,  8,  9,  15, 16, 17,  24,
                                                                       31, 32, 33, 48, 63, 64, 65, 90, 129, 256}) {
      if (GetParam().dim == 0 && length % 3 != 0) continue;
      for (std::size_t i = 0; i < (length < 40 ? copies : 1); ++i) {
        texts_.push_back(internal::TextOf(internal::RandomIds(config_, length, ++seed)));
      }
    }
  }

  Classifier Load(int threads) const {
    const Options options{.threads = threads, .precision = GetParam().precision};
    return GetParam().dim == 0 ? Classifier::load(VALENCE_DEFAULT_MODEL, options)
                               : Classifier::load(folder_.path(), options);
  }

  // order: indices into texts_, one classify call
  void ExpectSameBits(const Classifier& classifier, const std::vector<std::size_t>& order) const {
    std::vector<std::string_view> batch;
    for (const std::size_t i : order) batch.push_back(texts_[i]);
    const auto predictions = classifier.classify(batch);
    ASSERT_EQ(predictions.size(), order.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto& expected = alone_[order[i]];
      ASSERT_EQ(predictions[i].logits.size(), expected.size());
      EXPECT_EQ(std::memcmp(predictions[i].logits.data(), expected.data(), expected.size() * sizeof(float)), 0)
          << "text " << order[i] << " among " << order.size() << " on " << classifier.threads()
          << " threads: " << predictions[i].logits[0] << " and alone " << expected[0];
    }
  }

  internal::Config config_;
  const TemporaryFolder folder_;
  std::vector<std::string> texts_;
  std::vector<std::vector<float>> alone_;  // logits on one thread
};

TEST_P(Bits, AreTheSameAloneInEveryBatchInEveryOrderOnAnyNumberOfThreads) {
  std::vector<std::size_t> all(texts_.size());
  std::iota(all.begin(), all.end(), 0);
  std::mt19937 generator(52);
  for (const int threads : {1, 2, 3}) {
    const auto classifier = Load(threads);
    for (const std::size_t i : all) ExpectSameBits(classifier, {i});
    ExpectSameBits(classifier, all);
    ExpectSameBits(classifier, {all.rbegin(), all.rend()});
    for (int round = 0; round < 3; ++round) {
      std::shuffle(all.begin(), all.end(), generator);
      ExpectSameBits(classifier, all);
      ExpectSameBits(classifier, {all.begin(), all.begin() + 2 + static_cast<std::ptrdiff_t>(generator() % 9)});
    }
    std::sort(all.begin(), all.end());
  }
}

// Two threads share the rows of one chunk; other threads keep the CPUs busy, so that one of the two is often late.
TEST_P(Bits, AreTheSameWhenAMemberOfTheTeamIsLate) {
  const auto classifier = Load(2);
  std::vector<std::size_t> short_texts;
  for (std::size_t i = 0; i < 80; ++i) short_texts.push_back(i % 6);
  std::atomic<bool> done{false};
  std::vector<std::thread> busy;
  for (int i = 0; i < 3; ++i) {
    busy.emplace_back([&done] {
      while (!done) {
      }
    });
  }
  const int rounds = GetParam().dim == 60 ? 60 : GetParam().dim == 0 ? 2 : 10;
  for (int round = 0; round < rounds; ++round) ExpectSameBits(classifier, short_texts);
  done = true;
  for (std::thread& thread : busy) thread.join();
}

INSTANTIATE_TEST_SUITE_P(Models, Bits,
                         testing::Values(BitsCase{"small_f32", 60, 5, 77, 3, Precision::kF32},
                                         BitsCase{"small_bf16", 60, 5, 77, 3, Precision::kBf16},
                                         BitsCase{"small_bert_f32", 60, 5, 77, 3, Precision::kF32, &internal::kBert},
                                         BitsCase{"small_bert_bf16", 60, 5, 77, 3, Precision::kBf16, &internal::kBert},
                                         BitsCase{"wide_f32", 768, 12, 3072, 1, Precision::kF32},
                                         BitsCase{"wide_bf16", 768, 12, 3072, 1, Precision::kBf16},
                                         BitsCase{"odd_f32", 333, 9, 501, 2, Precision::kF32},
                                         BitsCase{"odd_bf16", 333, 9, 501, 2, Precision::kBf16},
                                         BitsCase{"small_int8", 60, 5, 77, 3, Precision::kInt8},
                                         BitsCase{"wide_int8", 768, 12, 3072, 1, Precision::kInt8},
                                         BitsCase{"odd_int8", 333, 9, 501, 2, Precision::kInt8},
                                         BitsCase{"default_model", 0, 0, 0, 0, Precision::kAuto},
                                         BitsCase{"default_model_int8", 0, 0, 0, 0, Precision::kInt8}),
                         [](const auto& tested) { return std::string(tested.param.name); });

}  // namespace
}  // namespace valence
