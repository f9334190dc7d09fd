// What the small committed models answer in bf16 on AMX, to the bit, on every implementation that runs here.
// On a CPU without AMX: VALENCE_TEST_AMX=software model_test --gtest_filter=*AmxDigests*; with =emulated the code for the
// hardware runs too.
#include <gtest/gtest.h>

#include <bit>
#include <cstdint>
#include <fstream>
#include <map>
#include <string>

#include "kernels/amx/kernels.h"
#include "kernels/targets.h"
#include "ops/implementation.h"
#include "reference/committed_models.h"
#include "valence/valence.h"

namespace valence {
namespace {

using namespace internal;

// Of the bits of all logits in order, by FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv
std::string Digest(const std::vector<Prediction>& predictions) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const Prediction& prediction : predictions) {
    for (const float logit : prediction.logits) {
      for (int shift = 0; shift < 32; shift += 8) {
        hash = (hash ^ ((std::bit_cast<std::uint32_t>(logit) >> shift) & 0xffu)) * 0x100000001b3u;
      }
    }
  }
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", static_cast<unsigned long long>(hash));
  return text;
}

// Each line: a model's name and its digest.
std::map<std::string, std::string> CommittedDigests() {
  std::map<std::string, std::string> digests;
  std::ifstream file(VALENCE_TEST_DATA "/amx-bf16-digests.txt");
  for (std::string name, digest; file >> name >> digest;) digests[name] = digest;
  return digests;
}

class AmxDigests : public testing::TestWithParam<std::string> {};

TEST_P(AmxDigests, AreTheCommittedOnes) {
  if (!OnTiles(DataType::kBf16)) GTEST_SKIP() << "bf16 does not run on tiles here: " << Amx().reason;
  const CommittedModel model = ReadCommittedModel(GetParam());
  const auto expected = CommittedDigests()[GetParam()];
  std::size_t count = 0;
  const amx::NamedKernels* const all = amx::KernelsForTest(&count);
  for (std::size_t i = 0; i < count; ++i) {
    const auto& [name, kernels] = all[i];
    amx::UseKernelsForTest(&kernels);
    const UseTarget vectors(std::string(name) == "AVX2" ? HWY_AVX2 : FusingTargets().back());
    for (const int threads : {1, 3}) {
      const auto classifier = Classifier::load(model.folder, {.threads = threads, .precision = Precision::kBf16});
      EXPECT_EQ(Digest(classifier.classify(model.Texts())), expected) << name << ", " << threads << " threads";
    }
  }
  amx::UseKernelsForTest(nullptr);
}

INSTANTIATE_TEST_SUITE_P(CommittedModels, AmxDigests, testing::ValuesIn(CommittedModelNames()),
                         [](const auto& tested) { return TestNameOf(tested.param); });
INSTANTIATE_TEST_SUITE_P(Activations, AmxDigests, testing::ValuesIn(CommittedActivationNames()),
                         [](const auto& tested) { return TestNameOf(tested.param); });

}  // namespace
}  // namespace valence
