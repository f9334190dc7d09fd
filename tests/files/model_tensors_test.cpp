// The list of tensors against the files that transformers wrote: every tensor is found, and none is left over.
#include "files/model_tensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

#include "file_errors.h"
#include "reference/temporary_folder.h"
#include "small_model.h"

namespace valence::internal {
namespace {

using Shape = std::vector<std::uint64_t>;

std::vector<std::filesystem::path> PublishedModels() {
  std::vector<std::filesystem::path> folders = {VALENCE_DEFAULT_MODEL};
  for (const auto& entry : std::filesystem::directory_iterator(VALENCE_TEST_DATA "/models")) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::sort(folders.begin(), folders.end());
  return folders;
}

std::set<std::string> NamesIn(const Safetensors& file) {
  std::set<std::string> names;
  for (const auto& [name, tensor] : file.tensors()) names.insert(name);
  return names;
}

class PublishedModel : public testing::TestWithParam<std::filesystem::path> {
 protected:
  const Config config_ = ReadConfig(GetParam() / "config.json");
  const Safetensors file_ = Safetensors::Open(GetParam() / "model.safetensors");
};

TEST_P(PublishedModel, HoldsEveryListedTensorInItsShapeAndNoOther) {
  std::set<std::string> left_over = NamesIn(file_);
  MakeModelTensors(config_, [&](const std::string& name, const Shape& shape) {
    EXPECT_EQ(left_over.erase(name), 1u) << name << " is missing, or listed twice";
    if (file_.Has(name)) {
      EXPECT_EQ(file_.Get(name).shape, shape) << name;
    }
    return nullptr;
  });
  std::erase_if(left_over, [](const std::string& name) { return name.ends_with("position_ids"); });  // a constant
  EXPECT_EQ(left_over, std::set<std::string>());
}

TEST_P(PublishedModel, GivesEachTensorUnderItsOwnName) {
  const ModelTensors tensors = FindModelTensors(config_, file_);
  const auto expect_own = [&](const NamedTensor& tensor) { EXPECT_EQ(tensor.view, &file_.Get(tensor.name)); };
  expect_own(tensors.words);
  expect_own(tensors.positions);
  EXPECT_EQ(tensors.token_types.has_value(), config_.architecture == &kBert);
  if (tensors.token_types) expect_own(*tensors.token_types);
  expect_own(tensors.embedding_norm.beta);
  ASSERT_EQ(tensors.layers.size(), static_cast<std::size_t>(config_.n_layers));
  expect_own(tensors.layers.back().ffn2.weight);
  expect_own(tensors.classifier.bias);
}

INSTANTIATE_TEST_SUITE_P(All, PublishedModel, testing::ValuesIn(PublishedModels()), [](const auto& tested) {
  std::string name = tested.param.filename().string();
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

TEST(ModelTensors, OfEveryArchitectureHaveNamesOfTheirOwn) {
  for (const Architecture* const architecture : Architectures()) {
    Config config;
    config.architecture = architecture;
    config.labels = {"NEGATIVE", "POSITIVE"};
    std::set<std::string> names;
    std::size_t count = 0;
    MakeModelTensors(config, [&](const std::string& name, const Shape& shape) {
      EXPECT_FALSE(shape.empty()) << name;
      names.insert(name);
      ++count;
      return nullptr;
    });
    EXPECT_EQ(names.size(), count) << architecture->model_type;
  }
}

// A safetensors file with `from` replaced by `to` wherever its header has it.
std::string Renamed(const std::string& file, const std::string& from, const std::string& to) {
  std::uint64_t length;
  std::memcpy(&length, file.data(), sizeof length);
  std::string header = file.substr(8, length);
  for (std::size_t at = 0; (at = header.find(from, at)) != header.npos; at += to.size()) {
    header.replace(at, from.size(), to);
  }
  return Framed(header, file.substr(8 + length));
}

TEST(ModelTensors, OfLayerNormMayHaveTensorFlowsNames) {
  const TemporaryFolder folder;
  const std::filesystem::path model = VALENCE_TEST_DATA "/models/bert-heads4-f32";
  std::ifstream stream(model / "model.safetensors", std::ios::binary);
  const std::string content(std::istreambuf_iterator<char>(stream), {});
  const Config config = ReadConfig(model / "config.json");
  const Safetensors file = Safetensors::Open(folder.Write(
      "a", Renamed(Renamed(content, "LayerNorm.weight", "LayerNorm.gamma"), "LayerNorm.bias", "LayerNorm.beta")));
  const ModelTensors tensors = FindModelTensors(config, file);
  EXPECT_EQ(tensors.embedding_norm.gamma.view, &file.Get("bert.embeddings.LayerNorm.gamma"));
  EXPECT_EQ(tensors.layers[1].output_norm.beta.view, &file.Get("bert.encoder.layer.1.output.LayerNorm.beta"));

  // Some old, some new; and without the prefix.
  const Safetensors mixed = Safetensors::Open(folder.Write(
      "b", Renamed(Renamed(content, "embeddings.LayerNorm.weight", "embeddings.LayerNorm.gamma"), "\"bert.", "\"")));
  EXPECT_EQ(FindModelTensors(config, mixed).embedding_norm.gamma.view, &mixed.Get("embeddings.LayerNorm.gamma"));
}

// As in transformers, which renames what "LayerNorm" holds.
TEST(ModelTensors, OfOtherNormsHaveNoOlderNames) {
  const TemporaryFolder folder;
  const Config config = ReadConfig(folder.Write("config.json", SmallModel().at("config.json")));
  const auto path = folder.Write("a", Renamed(SmallWeights(), "sa_layer_norm.weight", "sa_layer_norm.gamma"));
  const Safetensors file = Safetensors::Open(path);
  ExpectError(ErrorCode::kMissingTensor, {"sa_layer_norm.weight"}, [&] { FindModelTensors(config, file); });
}

TEST(ModelTensors, MayNotHaveBothNames) {
  const TemporaryFolder folder;
  const Config config = ReadConfig(folder.Write("config.json", SmallModel().at("config.json")));
  // A tensor that is not needed, in the norm's shape, takes the older name.
  const std::string name = "distilbert.embeddings.LayerNorm.beta";
  const Safetensors file = Safetensors::Open(
      folder.Write("a", Renamed(SmallWeights(), R"({"__metadata__":{"format":"pt"})",
                                R"({")" + name + R"(":{"dtype":"BF16","shape":[0],"data_offsets":[0,0]})")));
  ExpectError(ErrorCode::kDuplicateTensor, {"/a: ", "LayerNorm.bias\"", name}, [&] { FindModelTensors(config, file); });
}

}  // namespace
}  // namespace valence::internal
