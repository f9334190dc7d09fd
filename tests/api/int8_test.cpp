// int8: the same bits by every implementation, labels near those of f32, and what cannot be quantised.
#include "ops/int8.h"

#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <fstream>
#include <limits>
#include <map>
#include <sstream>

#include "kernels/targets.h"
#include "reference/committed_models.h"
#include "reference/random_model.h"
#include "reference/sst2_dev.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::TemporaryFolder;

// Runs `work` by each product that the CPU has, with the widest vectors, then with those of AVX2.
template <class Work>
void ForEachImplementation(const Work& work) {
  const auto targets = internal::FusingTargets();
  for (const auto& product : internal::Int8Products()) {
    internal::UseInt8ProductForTest(product.name);
    for (const std::int64_t target : {targets.back(), targets.front()}) {
      // One pairing for AVX2's vectors is enough: the slowest product with the narrowest vectors.
      if (target != targets.back() && std::string(product.name) != "avx2") continue;
      const internal::UseTarget use(target);
      work(std::string(product.name) + " with " + hwy::TargetName(target));
    }
  }
  internal::UseInt8ProductForTest(nullptr);
}

// FNV-1a, 64 bits, of the logits' bytes.
std::string Digest(const std::vector<Prediction>& predictions) {
  std::uint64_t hash = 14695981039346656037u;
  for (const Prediction& prediction : predictions) {
    for (const float logit : prediction.logits) {
      for (int shift = 0; shift < 32; shift += 8) {
        hash = (hash ^ ((std::bit_cast<std::uint32_t>(logit) >> shift) & 0xff)) * 1099511628211u;
      }
    }
  }
  std::ostringstream text;
  text << std::hex << hash;
  return text.str();
}

// By name of the model.
std::map<std::string, std::string> CommittedDigests() {
  std::map<std::string, std::string> digests;
  std::ifstream file(VALENCE_TEST_DATA "/int8-digests.txt");
  std::string line, name, digest;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    if (line.front() != '#' && words >> name >> digest) digests[name] = digest;
  }
  return digests;
}

class Int8 : public testing::Test {
 protected:
  void SetUp() override {
    if (internal::Int8Products().empty()) GTEST_SKIP() << "int8 needs AVX2 and FMA";
  }

  static void ExpectDigest(const std::string& name, const std::filesystem::path& folder,
                           const std::vector<std::string>& texts) {
    const auto digests = CommittedDigests();
    ForEachImplementation([&](const std::string& implementation) {
      const auto classifier = Classifier::load(folder, {.precision = Precision::kInt8});
      EXPECT_EQ(Digest(classifier.classify(texts)), digests.contains(name) ? digests.at(name) : "none")
          << name << " by " << implementation;
    });
  }
};

TEST_F(Int8, LogitsOfTheCommittedModelsHaveTheCommittedBitsByEveryImplementation) {
  for (const std::string& name : internal::CommittedModelNames()) {
    const auto model = internal::ReadCommittedModel(name);
    ExpectDigest(name, model.folder, model.Texts());
  }
}

TEST_F(Int8, LogitsWithEveryActivationHaveTheCommittedBitsByEveryImplementation) {
  for (const std::string& name : internal::CommittedActivationNames()) {
    const auto model = internal::ReadCommittedModel(name);
    ExpectDigest(name, model.folder, model.Texts());
  }
}

TEST_F(Int8, LogitsOfTheDefaultModelOnSst2DevHaveTheCommittedBitsByEveryImplementation) {
  ExpectDigest("default", VALENCE_DEFAULT_MODEL, internal::ReadSst2Dev().texts);
}

TEST_F(Int8, ChangesAtMostOneLabelInTwoHundredOfSst2Dev) {
  const auto dev = internal::ReadSst2Dev();
  const auto classifier = Classifier::load(VALENCE_DEFAULT_MODEL, {.precision = Precision::kInt8});
  EXPECT_EQ(classifier.precision(), Precision::kInt8);
  const auto predictions = classifier.classify(dev.texts);
  int changed = 0, right = 0, right_in_f32 = 0;
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const std::size_t in_f32 = dev.logits[i][1] > dev.logits[i][0] ? 1 : 0;
    changed += predictions[i].label_id != in_f32;
    right += predictions[i].label_id == dev.labels[i];
    right_in_f32 += in_f32 == dev.labels[i];
  }
  EXPECT_LE(changed, 4);
  EXPECT_GE(right, right_in_f32 - 2);  // 0.3 points
  RecordProperty("changed", changed);
  RecordProperty("right", right);
}

TEST_F(Int8, AWeightThatIsNotFiniteIsNamed) {
  const std::string layer = "distilbert.transformer.layer.1.";
  for (const std::string name : {"attention.q_lin", "attention.v_lin", "attention.out_lin", "ffn.lin1", "ffn.lin2"}) {
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
      auto model = internal::MakeSmallRandomModel();
      model.tensors[layer + name + ".weight"].values[17] = value;
      const TemporaryFolder folder;
      WriteModelFolder(folder.path(), model);
      EXPECT_NO_THROW(Classifier::load(folder.path(), {.precision = Precision::kF32}));
      try {
        Classifier::load(folder.path(), {.precision = Precision::kInt8});
        ADD_FAILURE() << name << " was accepted";
      } catch (const Error& error) {
        EXPECT_EQ(error.code(), ErrorCode::kUnsupportedModel);
        EXPECT_NE(std::string(error.what()).find(layer + name + ".weight"), std::string::npos) << error.what();
        EXPECT_NE(std::string(error.what()).find("element 17"), std::string::npos) << error.what();
      }
    }
  }
}

TEST_F(Int8, ChannelsOfZerosGiveFiniteLogits) {
  auto model = internal::MakeSmallRandomModel();
  for (auto& [name, tensor] : model.tensors) {
    if (tensor.shape.size() != 2 || name.find("layer") == std::string::npos) continue;
    const auto width = static_cast<std::ptrdiff_t>(tensor.shape[1]);
    std::fill_n(tensor.values.begin() + 3 * width, width, 0.0f);
  }
  const TemporaryFolder folder;
  WriteModelFolder(folder.path(), model);
  const auto int8 = Classifier::load(folder.path(), {.precision = Precision::kInt8}).classify("w7 w8 w9").logits;
  const auto f32 = Classifier::load(folder.path(), {.precision = Precision::kF32}).classify("w7 w8 w9").logits;
  for (std::size_t i = 0; i < f32.size(); ++i) EXPECT_NEAR(int8[i], f32[i], 0.3) << i;
}

TEST_F(Int8, AnUnknownImplementationIsRefused) {
  try {
    internal::UseInt8ProductForTest("sse2");
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("VALENCE_INT8"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("avx2"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("sse2"), std::string::npos) << error.what();
  }
}

}  // namespace
}  // namespace valence
