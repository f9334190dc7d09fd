// The Hugging Face Inference API, against the library's own answers.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "service_fixture.h"

namespace server {
namespace {

using Json = nlohmann::ordered_json;

TEST_F(ServiceTest, HuggingFaceNestsTheAnswerOfOneTextToo) {
  const auto expected = model().classify("I loved it");
  for (const std::string inputs : {R"("I loved it")", R"(["I loved it"])"}) {
    const Json answer = Json::parse(Post("/", "{\"inputs\": " + inputs + "}").body);
    ASSERT_EQ(answer.size(), 1u);
    ASSERT_EQ(answer[0].size(), 2u);
    EXPECT_EQ(answer[0][0]["label"], expected.label);
    EXPECT_EQ(answer[0][0]["score"].get<float>(), expected.score);
  }
}

TEST_F(ServiceTest, HuggingFaceTakesTheParameters) {
  const auto expected = model().classify("I loved it");
  const auto ask = [&](const std::string& parameters) {
    return Json::parse(Post("/", R"({"inputs": "I loved it", "parameters": )" + parameters + "}").body);
  };
  EXPECT_EQ(ask(R"({"top_k": 1})")[0].size(), 1u);
  EXPECT_EQ(ask(R"({"top_k": 5})")[0].size(), 2u);
  EXPECT_EQ(ask(R"({"top_k": 1.0})")[0].size(), 1u) << "1.0 is the same number as 1 in JSON";
  EXPECT_EQ(ask(R"({"function_to_apply": "none"})")[0][0]["score"].get<float>(), expected.logits[expected.label_id]);
  EXPECT_EQ(ask(R"({"function_to_apply": "softmax"})")[0][0]["score"].get<float>(), expected.score);
  EXPECT_NEAR(ask(R"({"function_to_apply": "sigmoid"})")[0][0]["score"].get<double>(),
              1 / (1 + std::exp(-double{expected.logits[expected.label_id]})), 1e-6);
}

TEST_F(ServiceTest, HuggingFaceRefusesOtherParameters) {
  for (const std::string body :
       {R"({"inputs": "a", "parameters": []})", R"({"inputs": "a", "parameters": {"top_k": 0}})",
        R"({"inputs": "a", "parameters": {"top_k": 1.5}})", R"({"inputs": "a", "parameters": {"top_k": -1}})",
        R"({"inputs": "a", "parameters": {"top_k": 1e99}})", R"({"inputs": "a", "parameters": {"top_k": "1"}})",
        R"({"inputs": "a", "parameters": {"function_to_apply": "x"}})", R"({"inputs": ["a", 1]})", R"({"inputs": []})",
        R"({"input": "a"})"}) {
    EXPECT_EQ(Post("/", body).status, 422) << body;
  }
}

}  // namespace
}  // namespace server
