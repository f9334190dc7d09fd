// quantization_config: the one scheme that is read, and every other named with what was found.
#include "files/quantization.h"

#include <nlohmann/json.hpp>

#include "file_errors.h"
#include "files/config.h"
#include "reference/temporary_folder.h"

namespace valence::internal {
namespace {

using nlohmann::json;

class QuantizationConfig : public testing::Test {
 protected:
  // As the compressed-tensors package 0.20.0 writes it (tests/data/quantized/make.py).
  json config_ = json::parse(std::ifstream(VALENCE_TEST_DATA "/quantized/linear/config.json"));
  TemporaryFolder folder_;

  bool Read() { return ReadConfig(folder_.Write("config.json", config_.dump())).int8_weights; }
  // Puts `value` at the JSON pointer below quantization_config, expects the refusal, and takes it back.
  void Refuse(const std::string& where, const json& value, std::initializer_list<std::string_view> words) {
    SCOPED_TRACE(where + " " + value.dump());
    const json before = config_;
    config_["quantization_config"][json::json_pointer(where)] = value;
    ExpectError(ErrorCode::kUnsupportedModel, words, [&] { Read(); });
    config_ = before;
  }
};

TEST_F(QuantizationConfig, OfTheCompressedTensorsPackageIsRead) {
  json& groups = config_["quantization_config"]["config_groups"];
  EXPECT_TRUE(Read());
  groups["group_1"] = {{"targets", {"re:.*word_embeddings$", "Embedding"}}, {"weights", groups["group_0"]["weights"]}};
  EXPECT_TRUE(Read());
  // As its older versions: without a format of the group, with every field of the arguments.
  groups["group_0"].erase("format");
  groups["group_0"]["weights"].update({{"actorder", nullptr},
                                       {"block_structure", nullptr},
                                       {"observer", "minmax"},
                                       {"observer_kwargs", json::object()},
                                       {"group_size", -1}});
  EXPECT_TRUE(Read());
  groups["group_0"]["weights"].erase("strategy");
  EXPECT_TRUE(Read());
  config_.erase("quantization_config");
  EXPECT_FALSE(Read());
  config_["quantization_config"] = nullptr;
  EXPECT_FALSE(Read());
}

TEST_F(QuantizationConfig, OfOtherMethodsIsRefusedByName) {
  for (const std::string method : {"gptq", "awq", "bitsandbytes", "fp8", "fbgemm_fp8", "quanto", "torchao", "hqq"}) {
    config_["quantization_config"] = {{"quant_method", method}, {"bits", 4}};
    ExpectError(ErrorCode::kUnsupportedModel,
                {"config.json: quantization_config.quant_method", "expected \"compressed-tensors\"", method},
                [&] { Read(); });
  }
  config_["quantization_config"] = {{"load_in_8bit", true}};  // bitsandbytes, in files before quant_method
  ExpectError(ErrorCode::kUnsupportedModel, {"quant_method", "found none"}, [&] { Read(); });
  for (const json& value : {json("int8"), json(8), json::array(), json::object(), json(true)}) {
    config_["quantization_config"] = value;
    ExpectError(ErrorCode::kUnsupportedModel, {"quantization_config"}, [&] { Read(); });
  }
}

TEST_F(QuantizationConfig, OfOtherSchemesIsRefusedByField) {
  for (const char* const format : {"pack-quantized", "float-quantized", "naive-quantized", "nvfp4-pack-quantized",
                                   "marlin-24", "mixed-precision", "dense"}) {
    Refuse("/format", format, {"quantization_config.format", "\"int-quantized\"", format});
  }
  Refuse("/format", nullptr, {"quantization_config.format", "found none"});
  Refuse("/quantization_status", "frozen", {"quantization_status", "\"compressed\"", "\"frozen\""});
  Refuse("/kv_cache_scheme", {{"num_bits", 8}}, {"kv_cache_scheme", "expected none"});
  Refuse("/transform_config", {{"config_groups", 1}}, {"transform_config", "expected none"});
  Refuse("/sparsity_config", {{"format", "sparse-24-bitmask"}}, {"sparsity_config.format", "sparse-24-bitmask"});
  Refuse("/config_groups", json::object(), {"config_groups", "found none"});
  Refuse("/config_groups", nullptr, {"config_groups", "found none"});
  Refuse("/config_groups/W8A8", {"Linear"}, {"config_groups.\"W8A8\"", "an array"});

  const std::string weights = "/config_groups/group_0/weights",
                    activations = "/config_groups/group_0/input_activations";
  const std::string group = "quantization_config.config_groups.\"group_0\".";
  Refuse(weights + "/num_bits", 4, {group + "weights.num_bits", "expected 8", "found 4"});
  Refuse(weights + "/type", "float", {group + "weights.type", "\"int\"", "\"float\""});
  Refuse(weights + "/symmetric", false, {group + "weights.symmetric", "zero points", "found false"});
  Refuse(weights + "/strategy", "group", {group + "weights.strategy", "\"channel\"", "\"group\""});
  Refuse(weights + "/strategy", "tensor", {group + "weights.strategy", "\"tensor\""});
  Refuse(weights + "/strategy", nullptr, {group + "weights.strategy", "found none"});
  Refuse(weights + "/group_size", 128, {group + "weights.group_size", "128"});
  Refuse(weights + "/block_structure", {128, 128}, {group + "weights.block_structure"});
  Refuse(weights + "/dynamic", true, {group + "weights.dynamic", "found true"});
  Refuse(weights, nullptr, {group + "weights", "found none"});
  Refuse(activations, nullptr, {group + "input_activations", "found none"});
  Refuse(activations + "/dynamic", false, {group + "input_activations.dynamic", "static", "found false"});
  Refuse(activations + "/dynamic", "local", {group + "input_activations.dynamic", "\"local\""});
  Refuse(activations + "/strategy", "tensor", {group + "input_activations.strategy", "\"token\"", "\"tensor\""});
  Refuse(activations + "/symmetric", false, {group + "input_activations.symmetric"});
  Refuse(activations + "/num_bits", 4, {group + "input_activations.num_bits", "found 4"});
  Refuse(activations + "/num_bits", "8", {group + "input_activations.num_bits", "\"8\""});
  Refuse("/config_groups/group_0/output_activations", {{"num_bits", 8}}, {group + "output_activations"});
  // Only a group of embeddings has no activations.
  config_["quantization_config"][json::json_pointer(activations)] = nullptr;
  for (const json& targets : {json("Linear"), json::array(), json::object()}) {
    Refuse("/config_groups/group_0/targets", targets, {group + "targets", "expected an array of names"});
  }
  Refuse("/config_groups/group_0/targets", {"Embedding", 7}, {group + "targets", "expected names, found 7"});
  Refuse("/config_groups/group_0/format", "pack-quantized", {group + "format", "pack-quantized"});
}

TEST_F(QuantizationConfig, IsAddedWithAllElseInItsPlace) {
  const std::string text =
      R"({"z": 1e-12, "model_type": "distilbert", "a": {"y": [1, 2.5, "\u00e9"], "b": null}, "n": 3})";
  const auto added =
      nlohmann::ordered_json::parse(AddQuantization(folder_.Write("config.json", text), kDistilBert, true));
  auto expected = nlohmann::ordered_json::parse(text);
  expected["quantization_config"] = added["quantization_config"];
  EXPECT_EQ(added.dump(), expected.dump());
  EXPECT_EQ(added["quantization_config"]["ignore"], nlohmann::ordered_json({"pre_classifier", "classifier"}));
  for (const bool words : {true, false}) {
    for (const Architecture* const architecture : Architectures()) {
      const std::string config = R"({"model_type":")" + std::string(architecture->model_type) + R"("})";
      folder_.Write("config.json", AddQuantization(folder_.Write("config.json", config), *architecture, words));
      EXPECT_TRUE(ReadConfig(folder_ / "config.json").int8_weights);
    }
  }
}

}  // namespace
}  // namespace valence::internal
