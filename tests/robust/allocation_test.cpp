// Every allocation fails once: the call reports it, and afterwards works with the same bits.
#include <gtest/gtest.h>

#include <functional>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "oneapi/dnnl/dnnl.hpp"
#include "ops/implementation.h"
#include "ops/int8.h"
#include "reference/committed_models.h"
#include "robust/failing_memory.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::FailingMemory;

using Logits = std::vector<std::vector<float>>;

std::vector<Precision> Precisions() {
  std::vector precisions = {Precision::kF32};
  if (internal::HasNativeBf16()) precisions.push_back(Precision::kBf16);
  if (internal::HasInt8Products()) precisions.push_back(Precision::kInt8);
  return precisions;
}

// Texts of several lengths: one is longer than a chunk, one takes the tokenizer's slow paths.
const std::vector<std::string>& Texts() {
  static const std::vector<std::string> texts = {"good film", "", "not [MASK] \xC3\xA9 \xE4\xB8\xAD bad \xFF", [] {
                                                   std::string text;
                                                   for (int i = 0; i < 60; ++i) text += "a good film and ";
                                                   return text;
                                                 }()};
  return texts;
}

// Makes oneDNN compile its primitives anew.
void ForgetPrimitives() {
  const int capacity = dnnl::get_primitive_cache_capacity();
  dnnl::set_primitive_cache_capacity(0);
  dnnl::set_primitive_cache_capacity(capacity);
}

Logits Answer(const Classifier& classifier) {
  Logits logits;
  for (const Prediction& prediction : classifier.classify(Texts())) logits.push_back(prediction.logits);
  return logits;
}

struct Tally {
  std::size_t calls = 0;    // allocations of a run in which none fails
  std::size_t tried = 0;    // of these, those that were made to fail
  std::size_t refused = 0;  // of these, those that were reported by an exception
};

// Runs `attempt` again and again and makes `count` allocations fail each time, the first of them number 0, `step`,
// 2 * `step`, .., until a run has fewer. Anything but success, std::bad_alloc and valence::Error fails the test.
Tally FailEach(std::size_t count, std::size_t step, const std::function<void()>& attempt,
               const std::function<void()>& afterwards) {
  Tally tally;
  for (std::size_t first = 0;; first += step) {
    std::optional<FailingMemory> memory(std::in_place, first, count);
    bool refused = false;
    try {
      attempt();
    } catch (const std::bad_alloc&) {
      refused = true;
    } catch (const Error& error) {
      refused = true;
      memory.reset();
      const bool told = std::string_view(error.what()).find("Cannot allocate memory") != std::string_view::npos;
      EXPECT_TRUE(error.code() == ErrorCode::kRuntime || told) << error.what();
    }
    const bool failed = refused || memory->failed() > 0;
    if (!refused) tally.calls = memory->calls();
    memory.reset();
    afterwards();
    if (!failed) return tally;
    ++tally.tried;
    tally.refused += refused;
    if (testing::Test::HasFailure()) {
      ADD_FAILURE() << "when " << count << " calls for memory failed from number " << first << " on";
      return tally;
    }
  }
}

void Print(const char* what, const Tally& tally) {
  std::printf("%s: %zu calls for memory, %zu of them made to fail, %zu times refused\n", what, tally.calls, tally.tried,
              tally.refused);
}

class FailingAllocation : public testing::TestWithParam<int> {
 protected:
  Options OptionsFor(Precision precision) const {
    return {.threads = GetParam(), .precision = precision, .long_text = LongText::kMeanOfWindows};
  }
  // The step between the allocations that fail. With more than one thread their order is chance anyway. First calls
  // compile, and the sanitizers take ten times as long: larger steps there.
  static std::size_t Step(bool compiles = false) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    constexpr std::size_t kSlow = 10;
#else
    constexpr std::size_t kSlow = 1;
#endif
    return (GetParam() == 1 ? 1 : 7) * (compiles ? 3 : 1) * kSlow;
  }
  const std::filesystem::path folder_ = internal::ReadCommittedModel("heads12-gelu-bf16").folder;
};

TEST_P(FailingAllocation, DuringLoadIsReportedAndTheNextLoadWorks) {
  for (const Precision precision : Precisions()) {
    const Logits expected = Answer(Classifier::load(folder_, OptionsFor(precision)));
    for (const std::size_t count : {1U, 1000U}) {
      std::size_t rounds = 0;
      const Tally tally = FailEach(
          count, Step(), [&] { Classifier::load(folder_, OptionsFor(precision)); },
          [&] {
            if (rounds++ % 50 == 0) {
              EXPECT_EQ(Answer(Classifier::load(folder_, OptionsFor(precision))), expected);
            }
          });
      Print("load", tally);
      EXPECT_GT(tally.tried, 20u);
      EXPECT_GT(tally.refused, tally.tried / 2);
    }
  }
}

TEST_P(FailingAllocation, DuringTheFirstCallIsReportedAndTheNextCallAnswers) {
  for (const Precision precision : Precisions()) {
    const Logits expected = Answer(Classifier::load(folder_, OptionsFor(precision)));
    for (const std::size_t count : {1U, 1000U}) {
      std::optional<Classifier> classifier;
      const auto renew = [&] {
        ForgetPrimitives();
        classifier.emplace(Classifier::load(folder_, OptionsFor(precision)));
      };
      renew();
      const Tally tally = FailEach(
          count, Step(/*compiles=*/true), [&] { Answer(*classifier); },
          [&] {
            EXPECT_EQ(Answer(*classifier), expected);
            renew();
          });
      Print("first classify", tally);
      EXPECT_GT(tally.tried, 0u);
      EXPECT_GT(tally.refused, 0u);
    }
  }
}

TEST_P(FailingAllocation, DuringALaterCallIsReportedAndTheNextCallAnswers) {
  for (const Precision precision : Precisions()) {
    const auto classifier = Classifier::load(folder_, OptionsFor(precision));
    const Logits expected = Answer(classifier);
    for (const std::size_t count : {1U, 3U}) {
      const Tally tally = FailEach(
          count, Step(), [&] { EXPECT_EQ(Answer(classifier), expected); },
          [&] { EXPECT_EQ(Answer(classifier), expected); });
      Print("later classify", tally);
      EXPECT_GT(tally.tried, 0u);
      EXPECT_GT(tally.refused, 0u);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(OnThreads, FailingAllocation, testing::Values(1, 3));

}  // namespace
}  // namespace valence
