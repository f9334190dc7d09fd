// Model folders whose weights or vocabulary do not fit the config: an Error that names the file or tensor, or an answer
// in finite time.
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "reference/random_model.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::RandomModel;
using internal::ReferenceTensor;
using internal::TemporaryFolder;

void ExpectRefused(const std::filesystem::path& folder, ErrorCode code, const std::vector<std::string>& words) {
  try {
    Classifier::load(folder);
    ADD_FAILURE() << "accepted, expected a refusal that says " << words.front();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), code) << error.what();
    for (const std::string& word : words) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << '"' << word << "\" in: " << error.what();
    }
  }
}

void ExpectRefused(const RandomModel& model, ErrorCode code, const std::vector<std::string>& words) {
  const TemporaryFolder folder;
  WriteModelFolder(folder.path(), model);
  ExpectRefused(folder.path(), code, words);
}

class BadModel : public testing::TestWithParam<const internal::Architecture*> {};

INSTANTIATE_TEST_SUITE_P(Architectures, BadModel,
                         testing::ValuesIn(internal::Architectures().begin(), internal::Architectures().end()),
                         [](const auto& tested) { return std::string(tested.param->model_type); });

TEST_P(BadModel, IsMadeFromAGoodOne) {
  const TemporaryFolder folder;
  WriteModelFolder(folder.path(), internal::MakeSmallRandomModel(GetParam()));
  EXPECT_NO_THROW(Classifier::load(folder.path()).classify("w5 w6"));
}

TEST_P(BadModel, EveryTensorThatIsMissingIsNamed) {
  const RandomModel good_model = internal::MakeSmallRandomModel(GetParam());
  for (const auto& [name, tensor] : good_model.tensors) {
    RandomModel model = good_model;
    model.tensors.erase(name);
    ExpectRefused(model, ErrorCode::kMissingTensor, {name, "model.safetensors"});
  }
}

TEST_P(BadModel, EveryTensorOfAnotherShapeIsNamedWithBothShapes) {
  const RandomModel good_model = internal::MakeSmallRandomModel(GetParam());
  for (const auto& entry : good_model.tensors) {
    const std::string& name = entry.first;  // Clang 14 captures no structured bindings
    const ReferenceTensor& good = entry.second;
    RandomModel model = internal::MakeSmallRandomModel(GetParam());
    ReferenceTensor& tensor = model.tensors[name];
    const auto words = [&](const std::string& found) {
      return std::vector{name, std::string("model.safetensors"), found};
    };
    if (good.shape.size() == 2 && good.shape[0] != good.shape[1]) {
      tensor.shape = {good.shape[1], good.shape[0]};  // swapped
      ExpectRefused(model, ErrorCode::kTensorShapeMismatch,
                    words("[" + std::to_string(good.shape[1]) + ", " + std::to_string(good.shape[0]) + "]"));
    }
    tensor.shape = {static_cast<std::int64_t>(good.values.size()), 1, 1};
    ExpectRefused(model, ErrorCode::kTensorShapeMismatch, words(", 1, 1]"));
    tensor.shape = good.shape;
    tensor.shape[0] += 1;
    tensor.values.resize(tensor.values.size() / static_cast<std::size_t>(good.shape[0]) *
                         static_cast<std::size_t>(tensor.shape[0]));
    ExpectRefused(model, ErrorCode::kTensorShapeMismatch, words(std::to_string(tensor.shape[0])));
    tensor.shape = {0};
    tensor.values.clear();
    ExpectRefused(model, ErrorCode::kTensorShapeMismatch, words("[0]"));
  }
}

TEST_P(BadModel, EveryTensorOfAnotherTypeIsNamedWithIt) {
  const RandomModel model = internal::MakeSmallRandomModel(GetParam());
  for (const auto& [name, tensor] : model.tensors) {
    const TemporaryFolder folder;
    WriteModelFolder(folder.path(), model);
    WriteSafetensors(folder.path() / "model.safetensors", model.tensors, "F32", {{name, "I32"}});
    ExpectRefused(folder.path(), ErrorCode::kUnsupportedDtype, {name, "I32", "F32, F16 or BF16"});
  }
}

TEST(Model, MayMixTheThreeTypesAndHoldTensorsThatNobodyNeeds) {
  const TemporaryFolder folder;
  RandomModel model = internal::MakeSmallRandomModel();
  WriteModelFolder(folder.path(), model);
  const auto expected = Classifier::load(folder.path(), {.precision = Precision::kF32}).classify("w7 w8 w9").logits;
  std::map<std::string, std::string> dtypes = {{"classifier.weight", "BF16"}, {"pre_classifier.bias", "F16"}};
  model.tensors["vocab_projector.bias"] = {{3}, {1, 2, 3}};
  model.tensors["some.other.tensor"] = {{0, 5}, {}};
  dtypes["some.other.tensor"] = "U32";
  WriteSafetensors(folder.path() / "model.safetensors", model.tensors, "F32", dtypes);
  const auto found = Classifier::load(folder.path(), {.precision = Precision::kF32}).classify("w7 w8 w9").logits;
  for (std::size_t i = 0; i < 2; ++i) EXPECT_NEAR(found[i], expected[i], 0.05);
}

TEST(BadVocabulary, WithMoreWordsThanEmbeddingsIsRefused) {
  const TemporaryFolder folder;
  const RandomModel model = internal::MakeSmallRandomModel();
  WriteModelFolder(folder.path(), model);
  std::ofstream(folder.path() / "vocab.txt", std::ios::app) << "extra\n";
  ExpectRefused(folder.path(), ErrorCode::kInvalidTokenizer, {"60"});
}

TEST(Model, MayHaveMoreEmbeddingsThanWords) {
  const TemporaryFolder folder;
  RandomModel model = internal::MakeSmallRandomModel();
  WriteModelFolder(folder.path(), model);
  std::ofstream(folder.path() / "vocab.txt") << "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\nw5\n";
  EXPECT_EQ(Classifier::load(folder.path()).classify("w5 w6").logits.size(), 2u);
}

TEST(Model, OfNansIsAcceptedAndAnswers) {
  for (const char* name : {"distilbert.embeddings.word_embeddings.weight", "classifier.weight", "classifier.bias",
                           "distilbert.transformer.layer.0.attention.q_lin.weight"}) {
    const TemporaryFolder folder;
    RandomModel model = internal::MakeSmallRandomModel();
    for (float& value : model.tensors[name].values) value = std::numeric_limits<float>::quiet_NaN();
    WriteModelFolder(folder.path(), model);
    const auto classifier = Classifier::load(folder.path());
    for (const Prediction& prediction : classifier.classify({"w5 w6", "", "w7"})) {
      EXPECT_LT(prediction.label_id, 2u);
      EXPECT_EQ(prediction.label, classifier.labels()[prediction.label_id]);
      EXPECT_EQ(prediction.scores.size(), 2u);
      EXPECT_TRUE(std::isnan(prediction.logits[0])) << name;
      EXPECT_TRUE(std::isnan(prediction.score)) << name;
    }
  }
}

}  // namespace
}  // namespace valence
