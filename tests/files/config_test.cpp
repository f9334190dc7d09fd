// config.json: what is read, what is refused and in which words; and transformers' reading of the same files.
#include "files/config.h"

#include <nlohmann/json.hpp>

#include "file_errors.h"
#include "reference/temporary_folder.h"

namespace valence::internal {
namespace {

using Words = std::initializer_list<std::string_view>;

class ConfigFile : public testing::Test {
 protected:
  // A sound config with `more` members, which begin with a comma.
  static std::string With(const std::string& more) {
    return R"({"model_type":"distilbert","architectures":["DistilBertForSequenceClassification"])" + more + "}";
  }
  Config Read(const std::string& text) { return ReadConfig(folder_.Write("config.json", text)); }
  void Refuse(ErrorCode code, Words words, const std::string& text) {
    const auto path = folder_.Write("config.json", text);
    const std::string message = ExpectError(code, words, [&] { ReadConfig(path); });
    EXPECT_NE(message.find("config.json: "), message.npos) << message;
    EXPECT_LT(message.size(), 1000u);
  }
  void RefuseField(Words words, const std::string& more) { Refuse(ErrorCode::kInvalidConfig, words, With(more)); }

  TemporaryFolder folder_;
};

TEST_F(ConfigFile, OfTheDefaultModelIsRead) {
  const Config config = ReadConfig(VALENCE_DEFAULT_MODEL "/config.json");
  EXPECT_EQ(config.dim, 384);
  EXPECT_EQ(config.hidden_dim, 1536);
  EXPECT_EQ(config.n_layers, 6);
  EXPECT_EQ(config.n_heads, 12);
  EXPECT_EQ(config.head_dim(), 32);
  EXPECT_EQ(config.vocab_size, 30522);
  EXPECT_EQ(config.max_position_embeddings, 512);
  EXPECT_EQ(config.activation, Activation::kGelu);
  EXPECT_EQ(config.problem_type, ProblemType::kSingleLabel);
  EXPECT_EQ(config.labels, (std::vector<std::string>{"NEGATIVE", "POSITIVE"}));
}

TEST_F(ConfigFile, IsReadAsTransformersReadsIt) {
  const auto reference = nlohmann::json::parse(std::ifstream(VALENCE_TEST_DATA "/files/configs.json"));
  EXPECT_GT(reference["cases"].size(), 20u);
  for (const auto& [name, entry] : reference["cases"].items()) {
    SCOPED_TRACE(name);
    const auto& judge = entry["judge"];
    if (judge.contains("refused")) {
      Refuse(ErrorCode::kInvalidConfig, {}, entry["config"]);
      continue;
    }
    const Config config = Read(entry["config"]);
    EXPECT_EQ(config.architecture->model_type, judge["model_type"]);
    EXPECT_EQ(config.token_types, judge["token_types"]);
    EXPECT_FLOAT_EQ(config.layer_norm_epsilon, judge["layer_norm_epsilon"]);
    EXPECT_EQ(config.dim, judge["dim"]);
    EXPECT_EQ(config.hidden_dim, judge["hidden_dim"]);
    EXPECT_EQ(config.n_layers, judge["n_layers"]);
    EXPECT_EQ(config.n_heads, judge["n_heads"]);
    EXPECT_EQ(config.vocab_size, judge["vocab_size"]);
    EXPECT_EQ(config.max_position_embeddings, judge["max_position_embeddings"]);
    EXPECT_EQ(config.activation, FindActivation(judge["activation"].get<std::string>()));
    EXPECT_EQ(nlohmann::json(config.labels), judge["labels"]);
    EXPECT_EQ(config.problem_type == ProblemType::kMultiLabel, judge["sigmoid"]);
    EXPECT_EQ(config.problem_type == ProblemType::kRegression, judge["regression"]);
  }
}

TEST_F(ConfigFile, KeepsTheClassThatItNamesWhereItIsAnother) {
  EXPECT_EQ(Read(With("")).other_class, "");
  EXPECT_EQ(Read(R"({"model_type":"distilbert"})").other_class, "");
  EXPECT_EQ(Read(R"({"model_type":"distilbert","architectures":["DistilBertForMaskedLM"]})").other_class,
            "DistilBertForMaskedLM");
  const Config bert = Read(R"({"model_type":"bert","architectures":["DistilBertForSequenceClassification"]})");
  EXPECT_EQ(bert.architecture, &kBert);
  EXPECT_EQ(bert.other_class, "DistilBertForSequenceClassification");
}

TEST_F(ConfigFile, NamesWhatOtherModelItFinds) {
  constexpr ErrorCode kCode = ErrorCode::kUnsupportedModel;
  Refuse(kCode,
         {"model_type \"electra\"", "\"ElectraForSequenceClassification\"", "expected", "\"distilbert\"", "\"bert\"",
          "\"BertForSequenceClassification\""},
         R"({"model_type":"electra","architectures":["ElectraForSequenceClassification"]})");
  Refuse(kCode, {"model_type \"roberta\"", "DistilBertForSequenceClassification"},
         R"({"model_type":"roberta","architectures":["DistilBertForSequenceClassification"]})");
  Refuse(kCode, {"model_type missing, architectures missing"}, "{}");
  Refuse(kCode, {"pruned_heads"}, With(R"(,"pruned_heads":{"0":[1]})"));
  Refuse(kCode, {"quantization_config"}, With(R"(,"quantization_config":{"bits":8})"));
  Refuse(kCode, {"activation", "one of gelu, gelu_10, ", ", tanh, found \"prelu\""}, With(R"(,"activation":"prelu")"));
  Refuse(kCode, {"hidden_act", "found \"xielu\""}, R"({"model_type":"bert","hidden_act":"xielu"})");
  Refuse(kCode, {"hidden_act", "found \"\""}, R"({"model_type":"bert","hidden_act":""})");
  Refuse(kCode, {"position_embedding_type \"absolute\"", "\"relative_key\""},
         R"({"model_type":"bert","position_embedding_type":"relative_key"})");
  Refuse(kCode, {"is_decoder"}, R"({"model_type":"bert","is_decoder":true})");
  Refuse(kCode, {"problem_type", "\"odd\""}, With(R"(,"problem_type":"odd")"));
}

TEST_F(ConfigFile, IsTakenByItsArchitectureWhereTheModelTypeIsMissing) {
  EXPECT_EQ(Read(R"({"architectures":["DistilBertForSequenceClassification"]})").dim, 768);
  EXPECT_EQ(Read(R"({"model_type":"distilbert","architectures":[]})").dim, 768);
  EXPECT_EQ(Read(R"({"architectures":["BertForSequenceClassification"]})").architecture, &kBert);
  EXPECT_EQ(Read(R"({"model_type":"bert"})").architecture, &kBert);
}

TEST_F(ConfigFile, NamesTheSizeThatIsOutOfRange) {
  for (const std::string name : {"dim", "hidden_dim", "n_layers", "n_heads", "vocab_size", "max_position_embeddings"}) {
    for (const std::string value : {"0", "-1", "9223372036854775807", "18446744073709551615", "18446744073709551616",
                                    "768.0", "1e3", "\"768\"", "true", "[]", "{}"}) {
      SCOPED_TRACE(value);
      RefuseField({name, "an integer from"}, ",\"" + name + "\":" + value);
    }
  }
  for (const std::string name :
       {"hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "type_vocab_size"}) {
    Refuse(ErrorCode::kInvalidConfig, {name, "an integer from 1", "found 0"},
           R"({"model_type":"bert",")" + name + "\":0}");
  }
  for (const std::string value : {"-1e-12", "1.5", "\"1e-12\"", "true", "[]"}) {
    Refuse(ErrorCode::kInvalidConfig, {"layer_norm_eps", "a number from 0", "to 1", "found"},
           R"({"model_type":"bert","layer_norm_eps":)" + value + "}");
  }
  RefuseField({"max_position_embeddings", "from 2", "found 1"}, R"(,"max_position_embeddings":1)");
}

TEST_F(ConfigFile, HasProductsOfSizesThatFit64Bits) {
  const Config config = Read(With(R"(,"dim":65536,"hidden_dim":262144,"n_layers":1024,"n_heads":65536,)"
                                  R"("vocab_size":16777216,"max_position_embeddings":1048576)"));
  EXPECT_GT(config.vocab_size * config.dim * config.n_layers, 0);
  EXPECT_GT(config.max_position_embeddings * config.hidden_dim * config.vocab_size, 0);
}

TEST_F(ConfigFile, RefusesHeadsThatDoNotDivideDim) {
  RefuseField({"n_heads", "a divisor of dim 768", "found 7"}, R"(,"dim":768,"n_heads":7)");
  RefuseField({"n_heads", "a divisor of dim 8", "found 16"}, R"(,"dim":8,"n_heads":16)");
  Refuse(ErrorCode::kInvalidConfig, {"num_attention_heads", "a divisor of hidden_size 8", "found 3"},
         R"({"model_type":"bert","hidden_size":8,"num_attention_heads":3})");
}

TEST_F(ConfigFile, RefusesLabelsThatAreNotNumberedFromZero) {
  RefuseField({"id2label", "0 to 1 once each", "\"2\""}, R"(,"id2label":{"0":"a","2":"b"})");
  RefuseField({"id2label", "0 to 0", "\"1\""}, R"(,"id2label":{"1":"a"})");
  RefuseField({"id2label", "0 to 1", "\"00\""}, R"(,"id2label":{"0":"a","00":"b"})");
  RefuseField({"id2label", "\"-1\""}, R"(,"id2label":{"0":"a","-1":"b"})");
  RefuseField({"id2label", "\"x\""}, R"(,"id2label":{"x":"a"})");
  RefuseField({"id2label", "\"99999999999999999999\""}, R"(,"id2label":{"99999999999999999999":"a"})");
  RefuseField({"id2label", "none"}, R"(,"id2label":{})");
  RefuseField({"id2label", "an object", "an array of 2"}, R"(,"id2label":["a","b"])");
  RefuseField({"id2label", "\"0\"", "a string", "an array of 1"}, R"(,"id2label":{"0":[1]})");
  RefuseField({"num_labels", "from 1"}, R"(,"num_labels":0)");
  RefuseField({"num_labels", "found 1000000000"}, R"(,"num_labels":1000000000)");
}

TEST_F(ConfigFile, IsRefusedWhenItIsNoJsonObject) {
  constexpr ErrorCode kCode = ErrorCode::kInvalidConfig;
  Refuse(kCode, {"JSON", "byte 1"}, "");
  Refuse(kCode, {"JSON", "byte"}, With("").substr(0, 40));
  Refuse(kCode, {"an object", "an array of 1"}, "[1]");
  Refuse(kCode, {"key \"dim\"", "twice"}, With(R"(,"dim":48,"dim":96)"));
  Refuse(kCode, {"NUL"}, With("") + std::string(1, '\0'));
  Refuse(kCode, {"byte order mark"}, "\xEF\xBB\xBF" + With(""));
  Refuse(kCode, {"deeper than 64"}, std::string(10'000'000, '['));
  Refuse(kCode, {"model_type", "a string", "7"}, R"({"model_type":7})");
  Refuse(kCode, {"architectures", "an array of names", "7"}, R"({"architectures":7})");
  Refuse(kCode, {"activation", "a string"}, With(R"(,"activation":1)"));
  Refuse(kCode, {"problem_type", "a string"}, With(R"(,"problem_type":1)"));
  Refuse(ErrorCode::kFileUnreadable, {"at most"}, std::string(17 << 20, ' '));
}

TEST_F(ConfigFile, BoundsWhatItRepeatsInMessages) {
  Refuse(ErrorCode::kUnsupportedModel, {"\\x0an"}, R"({"model_type":"\n)" + std::string(1 << 20, 'n') + "\"}");
  std::string many = R"({"model_type":"electra","architectures":["A")";
  for (int i = 0; i < 100000; ++i) many += ",\"architecture\"";
  Refuse(ErrorCode::kUnsupportedModel, {"\"A\""}, many + "]}");
}

}  // namespace
}  // namespace valence::internal
