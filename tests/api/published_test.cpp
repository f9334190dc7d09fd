// Folders that hold a model in another form than transformers' own: the answers are those of the usual form.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <nlohmann/json.hpp>

#include "reference/committed_models.h"
#include "reference/safetensors_file.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::ReferenceTensors;
using nlohmann::json;

constexpr char kText[] = "The Film is not very good, cafe!";

class Published : public testing::TestWithParam<std::string> {
 protected:
  // The committed model with changed tensors and config.
  void Write(const std::function<void(ReferenceTensors&)>& change, const std::string& dtype = "F32",
             const std::function<void(json&)>& change_config = {}) {
    const std::filesystem::path from = internal::ReadCommittedModel(GetParam()).folder;
    for (const auto& entry : std::filesystem::directory_iterator(from)) {
      std::filesystem::copy(entry.path(), folder_ / entry.path().filename().string(),
                            std::filesystem::copy_options::overwrite_existing);
    }
    ReferenceTensors tensors = internal::ReadSafetensors(from / "model.safetensors");
    if (change) change(tensors);
    std::filesystem::remove(folder_ / "model.safetensors");
    internal::WriteSafetensors(folder_ / "model.safetensors", tensors, dtype);
    if (!change_config) return;
    json config = json::parse(std::ifstream(from / "config.json"));
    change_config(config);
    folder_.Write("config.json", config.dump());
  }
  static Prediction Answer(const std::filesystem::path& folder) {
    return Classifier::load(folder, {.threads = 1, .precision = Precision::kF32}).classify(kText);
  }
  Prediction Usual() const { return Answer(internal::ReadCommittedModel(GetParam()).folder); }

  internal::TemporaryFolder folder_;
};

void RemovePrefix(ReferenceTensors& tensors) {
  ReferenceTensors renamed;
  for (auto& [name, tensor] : tensors) {
    const std::size_t dot = name.find('.');
    const std::string first = name.substr(0, dot);
    renamed[first == "distilbert" || first == "bert" ? name.substr(dot + 1) : name] = std::move(tensor);
  }
  tensors = std::move(renamed);
}

// Each as transformers 5 accepts it.
TEST_P(Published, TensorsMayLackTheModelsPrefix) {
  Write(RemovePrefix);
  EXPECT_EQ(Answer(folder_.path()).logits, Usual().logits);
}

TEST_P(Published, TensorsMayLackTheModelsPrefixInPart) {
  Write([](ReferenceTensors& tensors) {
    ReferenceTensors all = tensors;
    RemovePrefix(tensors);
    std::size_t place = 0;
    for (auto& [name, tensor] : all) {  // every other tensor has its prefix
      if (place++ % 2 == 0) continue;
      const bool has_prefix = name.starts_with("distilbert.") || name.starts_with("bert.");
      tensors.erase(has_prefix ? name.substr(name.find('.') + 1) : name);
      tensors[name] = std::move(tensor);
    }
  });
  EXPECT_EQ(Answer(folder_.path()).logits, Usual().logits);
}

TEST_P(Published, TensorsMayHaveTheModelsPrefixTwice) {
  Write([](ReferenceTensors& tensors) {
    const bool bert = tensors.contains("bert.pooler.dense.weight");
    ReferenceTensors renamed;
    for (auto& [name, tensor] : tensors) renamed[(bert ? "bert." : "distilbert.") + name] = std::move(tensor);
    tensors = std::move(renamed);
  });
  EXPECT_EQ(Answer(folder_.path()).logits, Usual().logits);
}

// Beside those that the model has, as transformers takes them.
TEST_P(Published, TensorsWithoutPrefixDoNotCountBesideThoseWithIt) {
  Write([](ReferenceTensors& tensors) {
    ReferenceTensors more = tensors;
    RemovePrefix(more);
    for (auto& [name, tensor] : more) {
      for (float& value : tensor.values) value *= 3;
    }
    tensors.merge(more);
  });
  EXPECT_EQ(Answer(folder_.path()).logits, Usual().logits);
}

TEST_P(Published, WeightsMayBeF64) {
  Write({}, "F64");
  EXPECT_EQ(Answer(folder_.path()).logits, Usual().logits);
}

TEST_P(Published, AnotherClassIsAcceptedWhereTheTensorsAreThere) {
  Write({}, "F32", [](json& config) { config["architectures"] = {"SomethingElse"}; });
  EXPECT_EQ(Answer(folder_.path()).logits, Usual().logits);
  const std::string named = Classifier::load(folder_.path()).model_class();
  EXPECT_NE(named.find("ForSequenceClassification (config.json names SomethingElse)"), named.npos) << named;
}

TEST_P(Published, TheActivationIsNamed) {
  EXPECT_EQ(Classifier::load(internal::ReadCommittedModel(GetParam()).folder).activation(), "gelu");
  Write({}, "F32", [](json& config) { config["activation"] = config["hidden_act"] = "swish"; });
  EXPECT_EQ(Classifier::load(folder_.path()).activation(), "silu");
}

TEST_P(Published, AnotherClassIsNamedWhereATensorIsMissing) {
  Write([](ReferenceTensors& tensors) { tensors.erase("classifier.bias"); }, "F32",
        [](json& config) { config["architectures"] = {"SomethingElse"}; });
  try {
    Answer(folder_.path());
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupportedModel);
    for (const char* word : {"classifier.bias", "ForSequenceClassification", "SomethingElse"}) {
      EXPECT_NE(std::string(error.what()).find(word), std::string::npos) << error.what();
    }
  }
}

TEST_P(Published, LabelsMayBeNumbers) {
  Write({}, "F32", [](json& config) {
    for (auto& [id, label] : config["id2label"].items()) label = 10 + std::stoi(id);
    config.erase("label2id");
  });
  const Prediction answer = Answer(folder_.path());
  EXPECT_EQ(answer.label, std::to_string(10 + answer.label_id));
}

TEST_P(Published, ScoresOfARegressionAreTheLogits) {
  Write({}, "F32", [](json& config) { config["problem_type"] = "regression"; });
  const Prediction answer = Answer(folder_.path());
  EXPECT_EQ(answer.logits, Usual().logits);
  EXPECT_EQ(answer.scores, answer.logits);
  EXPECT_EQ(answer.score, answer.logits[answer.label_id]);
  EXPECT_EQ(Classifier::load(folder_.path()).problem_type(), ProblemType::kRegression);
}

INSTANTIATE_TEST_SUITE_P(Models, Published, testing::Values("heads6-gelu-f32", "bert-heads4-f32"),
                         [](const auto& test) { return internal::TestNameOf(test.param); });

}  // namespace
}  // namespace valence
