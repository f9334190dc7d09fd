// The protocol of text-embeddings-inference, against the library's own answers.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "service_fixture.h"

namespace server {
namespace {

using Json = nlohmann::ordered_json;

TEST_F(ServiceTest, TeiPredictGivesTheLibrarysBitsHighestScoreFirst) {
  const std::vector<std::string> texts = {"I loved every minute.", "It drags.", "", "caf\xC3\xA9"};
  const auto expected = model().classify(texts);
  Json inputs = Json::array();
  for (const auto& text : texts) inputs.push_back({text});
  for (const bool raw : {false, true}) {
    const Response response = Post("/predict", Json{{"inputs", inputs}, {"raw_scores", raw}}.dump());
    ASSERT_EQ(response.status, 200) << response.body;
    const Json answer = Json::parse(response.body);
    ASSERT_EQ(answer.size(), texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
      const auto& scores = raw ? expected[i].logits : expected[i].scores;
      ASSERT_EQ(answer[i].size(), scores.size());
      EXPECT_GE(answer[i][0]["score"], answer[i][1]["score"]);
      for (const Json& one : answer[i]) {
        const auto label = std::find(model().labels().begin(), model().labels().end(), one["label"].get<std::string>());
        EXPECT_EQ(one["score"].get<float>(), scores[static_cast<std::size_t>(label - model().labels().begin())]);
      }
    }
  }
}

TEST_F(ServiceTest, TeiPredictTakesOneTextAndTellsItsCost) {
  const Response response = Post("/predict", R"({"inputs": "I loved it"})");
  ASSERT_EQ(response.status, 200);
  EXPECT_TRUE(Json::parse(response.body)[0].contains("label"));
  std::size_t cost = 0;
  for (const auto& [name, value] : response.headers) {
    if (name.starts_with("x-")) ++cost;
    if (name == "x-compute-tokens") {
      EXPECT_EQ(value, std::to_string(model().encode("I loved it")[0].ids.size()));
    } else if (name == "x-compute-characters") {
      EXPECT_EQ(value, "10");
    }
  }
  EXPECT_EQ(cost, 8u);
}

TEST_F(ServiceTest, TeiPredictRefusesWhatIsNoTextAndSaysWhy) {
  const std::vector<std::tuple<std::string, int, std::string>> cases = {
      {R"({"inputs": ["a", "b"]})", 422, "pair"},
      {R"({"inputs": [["a"], ["a", "b"]]})", 422, "element 1"},
      {R"({"inputs": [["a"], "b"]})", 422, "element 1"},
      {R"({"inputs": []})", 422, "found 0"},
      {R"({"inputs": [[]]})", 422, "found 0"},
      {R"({"inputs": 5})", 422, "number"},
      {R"({"inputs": [[5]]})", 422, "number"},
      {R"({"text": "a"})", 422, "inputs"},
      {R"({"inputs": "a", "truncate": 1})", 422, "truncate"},
      {R"(["a"])", 422, "object"},
      {R"({"inputs": "a")", 400, "JSON"},
      {"{\"inputs\": \"\xFF\"}", 400, "JSON"},
      {"", 400, "JSON"},
      {std::string(100'000, '['), 400, "deeper"}};
  for (const auto& [body, status, word] : cases) {
    const Response response = Post("/predict", body);
    EXPECT_EQ(response.status, status) << body.substr(0, 50) << response.body;
    const Json answer = Json::parse(response.body);
    EXPECT_NE(answer["error"].get<std::string>().find(word), std::string::npos) << response.body;
    EXPECT_EQ(answer["error_type"], "validation");
  }
  EXPECT_EQ(Send("POST", "/predict", "{}", {{"content-type", "text/plain"}}).status, 415);
}

TEST_F(ServiceTest, TeiPredictCutsALongTextOnlyWhenAsked) {
  std::string text;
  for (int i = 0; i < 2000; ++i) text += "word ";
  EXPECT_EQ(Post("/predict", Json{{"inputs", text}}.dump()).status, 413);
  const Response cut = Post("/predict", Json{{"inputs", text}, {"truncate", true}}.dump());
  EXPECT_EQ(cut.status, 200);
}

TEST_F(ServiceTest, TeiPredictKnowsTheDirectionOfTruncation) {
  EXPECT_EQ(Post("/predict", R"({"inputs": "a", "truncation_direction": "Right"})").status, 200);
  EXPECT_EQ(Post("/predict", R"({"inputs": "a", "truncation_direction": "Left"})").status, 422);
}

TEST_F(ServiceTest, TeiTokenizeGivesTheTokenizersIds) {
  const Json answer = Json::parse(Post("/tokenize", R"({"inputs": ["unbelievable\"!", ""]})").body);
  ASSERT_EQ(answer.size(), 2u);
  const auto ids = model().tokenizer().encode("unbelievable\"!").ids;
  ASSERT_EQ(answer[0].size(), ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    EXPECT_EQ(answer[0][i]["id"], ids[i]);
    EXPECT_EQ(answer[0][i]["text"], model().tokenizer().piece(ids[i]));
    EXPECT_EQ(answer[0][i]["special"], i == 0 || i + 1 == ids.size());
  }
  const Json bare = Json::parse(Post("/tokenize", R"({"inputs": "a", "add_special_tokens": false})").body);
  EXPECT_EQ(bare[0].size(), answer[1].size() - 1);
}

TEST_F(ServiceTest, TeiTokenizeRefusesMoreThanAMillionTokens) {
  std::string text;
  for (int i = 0; i < 499'998; ++i) text += "a ";
  const auto ask = [&](const std::string& first) { return Post("/tokenize", Json{{"inputs", {first, text}}}.dump()); };
  const Response whole = ask(text);
  EXPECT_EQ(whole.status, 200);
  EXPECT_EQ(Json::parse(whole.body)[1].size(), 500'000u);
  EXPECT_EQ(ask(text + "a").status, 413);
  EXPECT_EQ(ask(text + text + text).status, 413);
}

TEST_F(ServiceTest, TeiInfoDescribesTheModel) {
  const Json info = Json::parse(Get("/info").body);
  EXPECT_EQ(info["max_input_length"], model().max_tokens());
  EXPECT_EQ(info["max_client_batch_size"], 4);
  EXPECT_EQ(info["model_type"]["classifier"]["id2label"]["0"], model().labels()[0]);
}

TEST_F(ServiceTest, TeiMetricsCountWhatHappened) {
  Post("/predict", R"({"inputs": "a"})");
  Post("/predict", R"({"inputs": [["a"], ["b"]]})");
  const std::string text = Get("/metrics").body;
  for (const char* line :
       {"te_request_count{method=\"single\"} 1", "te_request_count{method=\"batch\"} 1", "te_predict_count 3",
        "te_request_success{method=\"batch\"} 1", "te_queue_size 0", "te_request_duration_count 2",
        "te_request_inference_duration_bucket{le=\"+Inf\"} 2", "valence_waiting_tokens 0", "valence_connections 1"}) {
    EXPECT_NE(text.find(std::string("\n") + line + '\n'), std::string::npos) << line;
  }
}

TEST_F(ServiceTest, RefusesMoreThanTheLimits) {
  EXPECT_EQ(Post("/predict", R"({"inputs": [["a"],["b"],["c"],["d"],["e"]]})").status, 413);  // the fixture takes four
}

TEST_F(ServiceTest, RefusesWhatWouldWaitTooLong) {
  inference.Count(9'990);
  const Response busy = Post("/predict", R"({"inputs": "a text of a few more tokens than ten, by its bytes"})");
  EXPECT_EQ(busy.status, 429);
  EXPECT_EQ(busy.headers.front().first, "retry-after");
  EXPECT_EQ(inference.waiting_tokens(), 9'990u) << "a refused request must not stay counted";
  EXPECT_NE(Get("/metrics").body.find("\nte_queue_size 0\n"), std::string::npos) << "nor its texts";
  EXPECT_EQ(Post("/predict", R"({"inputs": "a"})").status, 200);
  inference.Release(9'990);
}

TEST_F(ServiceTest, DropsWhatIsNotBegunWhenTheClientHasGone) {
  const auto exchange = std::make_shared<TestExchange>();
  Request request;
  request.method = "POST";
  request.target = "/predict";
  request.body = R"({"inputs": "a"})";
  MakeHandler(service)(request, exchange);
  exchange->stop();
  inference.WaitUntilIdle();
  EXPECT_EQ(inference.waiting_tokens(), 0u);
  (void)exchange->Wait();  // what was posted has the exchange: not run, both would stay
}

TEST_F(ServiceTest, FindsRoutesByPathAndMethod) {
  EXPECT_EQ(Send("GET", "/health").status, 200);
  EXPECT_EQ(Send("HEAD", "/health?x=1").status, 200);
  EXPECT_EQ(Send("GET", "/nothing").status, 404);
  EXPECT_EQ(Send("GET", "/health/").status, 404);
  EXPECT_EQ(Send("DELETE", "/predict").status, 405);
  EXPECT_EQ(Get("/v2/health/ready").status, 200);
  is_draining = true;
  EXPECT_EQ(Get("/v2/health/ready").status, 503);
  EXPECT_EQ(Get("/v2/models/small/ready").status, 503);
  EXPECT_EQ(Get("/v2/health/live").status, 200);
  EXPECT_EQ(Send("GET", "/health").status, 503);
}

}  // namespace
}  // namespace server
