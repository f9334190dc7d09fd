// The Open Inference Protocol: tensors as JSON and as bytes, against the library's own answers.
#include <gtest/gtest.h>

#include <cstring>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "service_fixture.h"

namespace server {
namespace {

using Json = nlohmann::ordered_json;

const std::vector<std::string> kTexts = {"I loved it", "It drags.", ""};

std::string Length(std::size_t size) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(size >> (8 * i) & 0xFF);
  return bytes;
}

std::string Elements(const std::vector<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts) bytes += Length(text.size()) + text;
  return bytes;
}

Json Input(Json shape) { return {{"name", "text"}, {"shape", std::move(shape)}, {"datatype", "BYTES"}}; }

class OpenInferenceTest : public ServiceTest {
 protected:
  Response PostBinary(const Json& json, const std::string& binary, const std::string& length = {}) {
    const std::string head = json.dump();
    return Send("POST", "/v2/models/small/infer", head + binary,
                {{"inference-header-content-length", length.empty() ? std::to_string(head.size()) : length}});
  }
  Response PostJson(const Json& json) { return Post("/v2/models/small/infer", json.dump()); }
};

TEST_F(OpenInferenceTest, GivesTheLibrarysBitsAsJson) {
  const auto expected = model().classify(kTexts);
  Json input = Input({3, 1});
  input["data"] = {{kTexts[0]}, {kTexts[1]}, {kTexts[2]}};
  const Response response = PostJson({{"id", "x"}, {"inputs", {input}}});
  ASSERT_EQ(response.status, 200) << response.body;
  const Json answer = Json::parse(response.body);
  EXPECT_EQ(answer["id"], "x");
  EXPECT_EQ(answer["model_name"], "small");
  ASSERT_EQ(answer["outputs"].size(), 5u);
  for (const Json& output : answer["outputs"]) {
    const std::string name = output["name"];
    for (std::size_t i = 0; i < 3; ++i) {
      if (name == "label") {
        EXPECT_EQ(output["data"][i], expected[i].label);
      } else if (name == "score") {
        EXPECT_EQ(output["data"][i].get<float>(), expected[i].score);
      } else if (name == "truncated") {
        EXPECT_EQ(output["data"][i], false);
      } else {
        EXPECT_EQ(output["shape"], Json({3, 2}));
        const auto& values = name == "logits" ? expected[i].logits : expected[i].scores;
        EXPECT_EQ(output["data"][2 * i].get<float>(), values[0]);
        EXPECT_EQ(output["data"][2 * i + 1].get<float>(), values[1]);
      }
    }
  }
}

TEST_F(OpenInferenceTest, GivesTheLibrarysBitsAsBytes) {
  const auto expected = model().classify(kTexts);
  Json input = Input({3});
  const std::string bytes = Elements(kTexts);
  input["parameters"] = {{"binary_data_size", bytes.size()}};
  const Response response =
      PostBinary({{"inputs", {input}},
                  {"outputs", {{{"name", "logits"}, {"parameters", {{"binary_data", true}}}}, {{"name", "label"}}}}},
                 bytes);
  ASSERT_EQ(response.status, 200) << response.body;
  ASSERT_EQ(response.headers.front().first, "inference-header-content-length");
  const std::size_t size = std::stoul(response.headers.front().second);
  const Json answer = Json::parse(response.body.substr(0, size));
  ASSERT_EQ(answer["outputs"].size(), 2u);
  EXPECT_EQ(answer["outputs"][0]["parameters"]["binary_data_size"], 24);
  EXPECT_EQ(answer["outputs"][1]["data"][0], expected[0].label);
  ASSERT_EQ(response.body.size(), size + 24);
  for (std::size_t i = 0; i < 6; ++i) {
    float value;
    std::memcpy(&value, response.body.data() + size + 4 * i, 4);
    EXPECT_EQ(value, expected[i / 2].logits[i % 2]);
  }
}

TEST_F(OpenInferenceTest, RefusesTensorsThatContradictThemselves) {
  Json ok = Input({1});
  ok["data"] = {"a"};
  EXPECT_EQ(PostJson({{"inputs", {ok}}}).status, 200);
  std::vector<Json> bad = {Json::object(),  {{"inputs", Json::array()}}, {{"inputs", {ok, ok}}},
                           {{"inputs", 1}}, {{"inputs", {1}}},           {{"inputs", {Input({1})}}}};
  const auto change = [&](const char* key, Json value) {
    Json input = ok;
    input[key] = std::move(value);
    bad.push_back({{"inputs", {input}}});
  };
  change("shape", {2});
  change("shape", {0});
  change("shape", {-1});
  change("shape", {4294967296, 4294967296});
  change("shape", 1);
  change("name", nullptr);
  change("datatype", "FP32");
  change("data", {1});
  change("data", "a");
  change("parameters", {{"binary_data_size", 0}});
  change("parameters", {{"binary_data_size", 5}});
  change("parameters", {{"binary_data_size", -5}});
  bad.push_back({{"inputs", {ok}}, {"outputs", {{{"name", "other"}}}}});
  bad.push_back({{"inputs", {ok}}, {"outputs", {{{"name", "label"}}, {{"name", "score"}}, {{"name", "label"}}}}});
  bad.push_back({{"inputs", {ok}}, {"outputs", {1}}});
  bad.push_back({{"inputs", {ok}}, {"outputs", 1}});
  bad.push_back({{"inputs", {ok}}, {"parameters", 1}});
  bad.push_back({{"inputs", {ok}}, {"parameters", {{"binary_data_output", 1}}}});
  bad.push_back({{"inputs", {ok}}, {"outputs", {{{"name", "label"}, {"parameters", {{"binary_data", "true"}}}}}}});
  bad.push_back({{"inputs", {ok}}, {"id", 1}});
  for (const Json& body : bad) EXPECT_EQ(PostJson(body).status, 400) << body;
}

TEST_F(OpenInferenceTest, RefusesBytesOfAWrongLength) {
  const auto ask = [&](const std::string& bytes, std::size_t stated, const std::string& header = {}) {
    Json input = Input({1});
    input["parameters"] = {{"binary_data_size", stated}};
    return PostBinary({{"inputs", {input}}}, bytes, header).status;
  };
  const std::string one = Elements({"abc"});
  EXPECT_EQ(ask(one, 7), 200);
  EXPECT_EQ(ask(one, 6), 400);
  EXPECT_EQ(ask(one, 8), 400);
  EXPECT_EQ(ask(one.substr(0, 6), 6), 400);
  EXPECT_EQ(ask(one.substr(0, 3), 3), 400);
  EXPECT_EQ(ask("\xFF\xFF\xFF\xFF", 4), 400);
  EXPECT_EQ(ask(one, 7, "99999"), 400);
  EXPECT_EQ(ask(one, 7, "-1"), 400);
  EXPECT_EQ(ask(one, 7, "x"), 400);
  EXPECT_EQ(ask(one, 7, "99999999999999999999999"), 400);
  EXPECT_EQ(ask(one, 7, "5"), 400);
}

TEST_F(OpenInferenceTest, DescribesServerAndModels) {
  EXPECT_EQ(Json::parse(Get("/v2").body)["extensions"], Json({"binary_tensor_data", "model_repository"}));
  const Json metadata = Json::parse(Get("/v2/models/small/versions/1").body);
  EXPECT_EQ(metadata["inputs"][0]["datatype"], "BYTES");
  EXPECT_EQ(metadata["outputs"][3]["shape"], Json({-1, 2}));
  EXPECT_EQ(Get("/v2/models/small").status, 200);
  EXPECT_EQ(Get("/v2/models/%73mall/ready").status, 200);
  EXPECT_EQ(Get("/v2/models/small/versions/2").status, 404);
  EXPECT_EQ(Get("/v2/models/unknown").status, 404);
  EXPECT_EQ(Get("/v2/models/small/other").status, 404);
  EXPECT_EQ(Get("/v2/models//ready").status, 404);
}

TEST_F(OpenInferenceTest, LoadsAndUnloadsModels) {
  EXPECT_EQ(Post("/v2/repository/models/other/unload", "").status, 200);
  EXPECT_EQ(Get("/v2/models/other/ready").status, 503);
  EXPECT_EQ(Json::parse(Post("/v2/repository/index", "").body)[1]["state"], "UNAVAILABLE");
  EXPECT_EQ(Json::parse(Post("/v2/repository/index", R"({"ready": true})").body).size(), 1u);
  EXPECT_EQ(Post("/v2/repository/models/other/load", "").status, 200);
  EXPECT_EQ(Get("/v2/models/other/ready").status, 200);
  EXPECT_EQ(Post("/v2/repository/models/other/load", R"({"parameters": {"config": "{}"}})").status, 422);
  EXPECT_EQ(Post("/v2/repository/models/other/load", R"({"parameters": {}})").status, 200);
  EXPECT_EQ(
      Send("POST", "/v2/repository/models/other/load", "{}", {{"content-type", "application/x-www-form-urlencoded"}})
          .status,
      200)
      << "as curl -d sends it";
  EXPECT_EQ(Post("/v2/repository/models/unknown/load", "").status, 404);
  EXPECT_EQ(Post("/v2/repository/models/unknown/unload", "").status, 404);
}

TEST_F(OpenInferenceTest, ReleasesTheOldModelAfterALoad) {
  const std::weak_ptr<const Model> old = models.Find("small");
  EXPECT_EQ(Post("/v2/repository/models/small/load", "").status, 200);
  EXPECT_TRUE(old.expired());
  EXPECT_NE(models.Find("small"), nullptr);
}

}  // namespace
}  // namespace server
