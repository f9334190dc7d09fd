// Folders in int8: as the compressed-tensors package writes them, in every precision, and damaged ones.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "files/file_errors.h"
#include "ops/int8.h"
#include "reference/raw_safetensors.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::ExpectError;
using internal::RawTensor;
using internal::RawTensors;
using internal::TemporaryFolder;

const std::filesystem::path kFolders = VALENCE_TEST_DATA "/quantized";
const std::string kLayer = "distilbert.transformer.layer.1.", kWeight = kLayer + "ffn.lin1.weight",
                  kScale = kWeight + "_scale";

class Int8Folder : public testing::Test {
 protected:
  void SetUp() override {
    if (internal::Int8Products().empty()) GTEST_SKIP() << "int8 needs AVX2 and FMA";
    for (const auto& entry : std::filesystem::directory_iterator(kFolders / "linear")) {
      std::filesystem::copy(entry.path(), folder_.path());
    }
  }

  Classifier Load(const RawTensors& tensors, Precision precision = Precision::kAuto) const {
    internal::WriteRawSafetensors(folder_ / "model.safetensors", tensors);
    return Classifier::load(folder_.path(), {.precision = precision});
  }
  std::vector<float> Logits(const RawTensors& tensors, Precision precision = Precision::kAuto) const {
    return Load(tensors, precision).classify("A great, witty film!").logits;
  }
  void Refuse(const RawTensors& tensors, ErrorCode code, std::initializer_list<std::string_view> words) const {
    for (const Precision precision : {Precision::kAuto, Precision::kF32, Precision::kInt8}) {
      ExpectError(code, words, [&] { Load(tensors, precision); });
    }
  }

  const RawTensors sound_ = internal::ReadRawSafetensors(kFolders / "linear/model.safetensors");
  const TemporaryFolder folder_;
};

// The package rounds weights to -128..127 and quantises the inner activations of a feed-forward layer as one.
TEST_F(Int8Folder, OfTheCompressedTensorsPackageGivesTransformersLabels) {
  for (const char* const name : {"linear", "all-linear", "embeddings-bf16"}) {
    const auto reference = nlohmann::json::parse(std::ifstream(kFolders / name / "reference.json"));
    for (const Precision precision : {Precision::kAuto, Precision::kF32}) {
      const auto classifier = Classifier::load(kFolders / name, {.precision = precision});
      EXPECT_EQ(classifier.precision(), precision == Precision::kAuto ? Precision::kInt8 : Precision::kF32);
      std::size_t i = 0;
      for (const auto& text : reference["texts"]) {
        SCOPED_TRACE(std::string(name) + " " + text.dump());
        const auto prediction = classifier.classify(text.get<std::string>());
        const std::vector<float> expected = reference["logits"][i++];
        for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_NEAR(prediction.logits[k], expected[k], 0.05) << k;
        if (std::abs(expected[0] - expected[1]) > 0.1) {
          EXPECT_EQ(prediction.label_id, expected[1] > expected[0] ? 1u : 0u);
        }
      }
    }
  }
}

TEST_F(Int8Folder, IsComputedInInt8ByAutoOnlyIfAllLayersAreInIt) {
  EXPECT_EQ(Load(sound_).precision(), Precision::kInt8);
  auto partly = sound_;
  const RawTensor& ints = sound_.at(kWeight);
  RawTensor floats{"F32", ints.shape, std::string(ints.bytes.size() * 4, '\0')};
  for (std::size_t i = 0; i < ints.bytes.size(); ++i) floats.Set(i, 0.01f * static_cast<float>(i % 7));
  partly[kWeight] = floats;
  partly.erase(kScale);
  EXPECT_NE(Load(partly).precision(), Precision::kInt8);
  EXPECT_EQ(Load(partly, Precision::kInt8).precision(), Precision::kInt8);
  const auto f32 = Logits(partly, Precision::kF32), int8 = Logits(partly, Precision::kInt8);
  for (std::size_t i = 0; i < f32.size(); ++i) EXPECT_NEAR(int8[i], f32[i], 0.1);
}

TEST_F(Int8Folder, ScalesMayHaveAnyFloatingTypeAndOneDimension) {
  auto tensors = sound_;
  RawTensor& scale = tensors[kScale];
  const std::size_t rows = scale.shape[0];
  RawTensor wide{"F64", {rows}, std::string(8 * rows, '\0')}, half{"F16", {rows, 1}, std::string(2 * rows, '\0')},
      brain{"BF16", {rows}, half.bytes}, narrow{"F32", {rows}, std::string(4 * rows, '\0')};
  for (std::size_t i = 0; i < rows; ++i) {  // 1/64 in each
    wide.Set(i, 0.015625);
    narrow.Set(i, 0.015625f);
    half.Set(i, std::uint16_t{0x2400});
    brain.Set(i, std::uint16_t{0x3c80});
  }
  scale = narrow;
  const auto expected = Logits(tensors);
  for (const RawTensor& other : {wide, half, brain}) {
    scale = other;
    EXPECT_EQ(Logits(tensors), expected) << other.dtype;
  }
}

TEST_F(Int8Folder, TheValueMinus128Counts) {
  auto tensors = sound_;
  tensors[kWeight].bytes.assign(tensors[kWeight].bytes.size(), '\x80');
  const auto f32 = Logits(tensors, Precision::kF32), int8 = Logits(tensors);
  for (std::size_t i = 0; i < f32.size(); ++i) {
    EXPECT_TRUE(std::isfinite(int8[i]));
    EXPECT_NEAR(int8[i], f32[i], 0.2);
  }
  tensors[kWeight].bytes.assign(tensors[kWeight].bytes.size(), '\x81');
  EXPECT_NE(Logits(tensors), int8);
}

TEST_F(Int8Folder, AChannelOfZerosGivesFiniteLogits) {
  auto tensors = sound_;
  const std::size_t columns = tensors[kWeight].shape[1];
  std::fill_n(tensors[kWeight].bytes.begin() + static_cast<std::ptrdiff_t>(3 * columns), columns, '\0');
  for (const float logit : Logits(tensors)) EXPECT_TRUE(std::isfinite(logit));
}

TEST_F(Int8Folder, AMissingScaleIsNamed) {
  auto tensors = sound_;
  tensors.erase(kScale);
  Refuse(tensors, ErrorCode::kMissingTensor, {"model.safetensors", kScale});
}

TEST_F(Int8Folder, AScaleThatIsNotPositiveAndFiniteIsNamed) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (const float scale : {0.0f, -0.0f, -0.5f, std::numeric_limits<float>::quiet_NaN(), kInfinity, -kInfinity}) {
    auto tensors = sound_;
    tensors[kScale].Set(5, scale);
    Refuse(tensors, ErrorCode::kUnsupportedModel,
           {"tensor " + kScale, "positive and finite", "found " + std::to_string(scale) + " at element 5"});
  }
}

TEST_F(Int8Folder, AScaleOfAnotherShapeOrTypeIsNamed) {
  const std::uint64_t rows = sound_.at(kScale).shape[0];
  for (const auto& shape : {std::vector<std::uint64_t>{1, rows}, {rows, 1, 1}, {rows / 2, 2}, {}}) {
    auto tensors = sound_;
    tensors[kScale].shape = shape;
    if (shape.empty()) tensors[kScale].bytes.resize(4);
    Refuse(tensors, ErrorCode::kTensorShapeMismatch,
           {"tensor " + kScale, "expected shape [" + std::to_string(rows) + ", 1]"});
  }
  for (const std::string dtype : {"I8", "U8", "F8_E4M3"}) {
    auto tensors = sound_;
    tensors[kScale].dtype = dtype;
    tensors[kScale].bytes.resize(rows);
    Refuse(tensors, ErrorCode::kUnsupportedDtype, {"tensor " + kScale, "found " + dtype});
  }
}

TEST_F(Int8Folder, ZeroPointsAndStaticScalesAreRefusedByName) {
  for (const std::string& name : {kWeight + "_zero_point", kLayer + "ffn.lin1.input_scale"}) {
    auto tensors = sound_;
    tensors[name] = {"I8", {1}, std::string(1, '\3')};
    Refuse(tensors, ErrorCode::kUnsupportedModel, {"tensor " + name, "expected none"});
  }
}

TEST_F(Int8Folder, TensorsThatTheConfigContradictsAreNamed) {
  auto floats = sound_;
  floats[kWeight] = {"F32", floats[kWeight].shape, std::string(floats[kWeight].bytes.size() * 4, '\0')};
  Refuse(floats, ErrorCode::kUnsupportedDtype, {"tensor " + kWeight, "expected I8", "found F32"});

  auto bias = sound_;
  bias[kLayer + "ffn.lin1.bias"].dtype = "I8";
  bias[kLayer + "ffn.lin1.bias"].bytes.resize(bias[kLayer + "ffn.lin1.bias"].shape[0]);
  Refuse(bias, ErrorCode::kUnsupportedDtype, {"tensor " + kLayer + "ffn.lin1.bias", "found I8"});

  auto config = nlohmann::json::parse(std::ifstream(folder_ / "config.json"));
  config.erase("quantization_config");
  folder_.Write("config.json", config.dump());
  Refuse(sound_, ErrorCode::kUnsupportedDtype, {"found I8"});
}

// Its embeddings are read where the file has them.
TEST_F(Int8Folder, MayBeDeletedOnceItIsLoaded) {
  for (const auto& entry : std::filesystem::directory_iterator(kFolders / "embeddings-bf16")) {
    std::filesystem::copy(entry.path(), folder_.path(), std::filesystem::copy_options::overwrite_existing);
  }
  const auto classifier = Classifier::load(folder_.path());
  const auto before = classifier.classify("A great, witty film!").logits;
  std::filesystem::remove_all(folder_.path());
  EXPECT_EQ(classifier.classify("A great, witty film!").logits, before);
}

}  // namespace
}  // namespace valence
