// The list of tensors against the files that transformers wrote: every tensor is found, and none is left over.
#include "files/model_tensors.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <set>

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

}  // namespace
}  // namespace valence::internal
