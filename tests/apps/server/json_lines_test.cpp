// POST /classify over a socket: lines in, lines out, while both go on.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "client.h"
#include "running_server.h"
#include "service_fixture.h"

namespace server {
namespace {

using Json = nlohmann::ordered_json;

class JsonLinesTest : public ServiceTest {
 protected:
  static HttpOptions StreamOptions(Service& service) {
    HttpOptions options;
    options.request.body_bytes = 1000;  // a stream may be longer
    options.request.streams = IsStream;
    options.stream = MakeStreamHandler(service);
    return options;
  }

  std::string Head(const std::string& query = "") const {
    return "POST /classify" + query +
           " HTTP/1.1\r\nhost: h\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n";
  }
  static std::string Chunk(const std::string& bytes) {
    char size[32];
    std::snprintf(size, sizeof size, "%zx\r\n", bytes.size());
    return size + bytes + "\r\n";
  }
  static std::string Line(const std::string& text) { return Json{{"text", text}}.dump() + '\n'; }

  RunningServer server{MakeHandler(service), StreamOptions(service)};
  Client client{server.port};
};

TEST_F(JsonLinesTest, AnswersEachLineBeforeTheNextIsSent) {
  client.Send(Head());
  ASSERT_EQ(client.Read().status, 200);
  for (const std::string text : {"I loved it", "It drags.", "a"}) {
    client.Send(Chunk(Line(text)));
    const auto expected = model().classify(text);
    const Json answer = Json::parse(client.ReadChunk());
    EXPECT_EQ(answer["text"], text);
    EXPECT_EQ(answer["label"], expected.label);
    EXPECT_EQ(answer["score"].get<float>(), expected.score);
  }
  client.Send("0\r\n\r\n");
  EXPECT_EQ(client.ReadChunk(), "");
  client.Get("/health");
  EXPECT_EQ(client.Read().status, 200) << "the connection stays";
}

TEST_F(JsonLinesTest, KeepsTheOrderOfManyLinesAndNamesTheBadOnes) {
  std::string lines;
  for (int i = 0; i < 5000; ++i) {
    lines += i % 7 == 3 ? "no JSON\r\n"
                        : Line("text " + std::to_string(i) + std::string(static_cast<std::size_t>(i % 90), 'x'));
  }
  lines += Line("last").substr(0, Line("last").size() - 1);  // without its line end
  client.Send(Head("?logits&model=other"));
  ASSERT_EQ(client.Read().status, 200);
  std::jthread sender([&] {
    for (std::size_t begin = 0; begin < lines.size(); begin += 1009) client.Send(Chunk(lines.substr(begin, 1009)));
    client.Send("0\r\n\r\n");
  });
  std::string answers;
  for (std::string piece; !(piece = client.ReadChunk()).empty();) answers += piece;
  std::size_t count = 0;
  for (std::size_t begin = 0, end; (end = answers.find('\n', begin)) != std::string::npos; begin = end + 1, ++count) {
    const Json answer = Json::parse(answers.substr(begin, end - begin));
    if (count < 5000 && count % 7 == 3) {
      EXPECT_EQ(answer["line"], count + 1);
      EXPECT_TRUE(answer.contains("error"));
    } else if (count < 5000) {
      EXPECT_TRUE(answer["text"].get<std::string>().starts_with("text " + std::to_string(count)));
      EXPECT_EQ(answer["logits"].size(), 2u);
    }
  }
  EXPECT_EQ(count, 5001u);
}

TEST_F(JsonLinesTest, StopsReadingWhenTheClientTakesNoAnswers) {
  const int small = 4096;
  setsockopt(client.socket(), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  timeval patience{2, 0};
  setsockopt(client.socket(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  client.Send(Head());
  const std::string chunk = Chunk(Line("a"));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += chunk;
  std::size_t sent = 0;
  // What all buffers hold is a few megabytes; this is far more.
  for (; sent < 100'000'000; sent += many.size()) {
    if (send(client.socket(), many.data(), many.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(many.size())) break;
  }
  EXPECT_LT(sent, 50'000'000u);
  client.Close();
  server.WaitFor([&] { return server.http->connections() == 0 && inference.waiting_tokens() == 0; });
}

TEST_F(JsonLinesTest, RefusesALineThatIsTooLongAndGoesOn) {
  client.Send(Head());
  ASSERT_EQ(client.Read().status, 200);
  client.Send(Chunk("{\"text\": \""));
  for (int i = 0; i < 40; ++i) client.Send(Chunk(std::string(50'000, 'x')));
  client.Send(Chunk("\"}\n" + Line("a")) + "0\r\n\r\n");
  std::string answers;
  for (std::string piece; !(piece = client.ReadChunk()).empty();) answers += piece;
  EXPECT_NE(answers.find("{\"line\":1,\"error\":\"expected a line of at most 1048576 bytes\"}\n"), std::string::npos);
  EXPECT_NE(answers.find("{\"text\":\"a\""), std::string::npos);
}

TEST_F(JsonLinesTest, RefusesOtherContentAndUnknownModels) {
  client.Post("/classify", "{}");
  EXPECT_EQ(client.Read().status, 415);
  Client other(server.port);
  other.Send(Head("?model=unknown"));
  EXPECT_EQ(other.Read().status, 404);
  Client cut(server.port);
  cut.Send(Head());
  EXPECT_EQ(cut.Read().status, 200);
  cut.Send("no chunk\r\n");
  EXPECT_TRUE(cut.Closed());
}

// A connection that has room for all that is written asks for more of the body at once.
struct ReadyExchange final : StreamExchange {
  void Write(std::string_view bytes) override {
    output += bytes;
    if (!bytes.empty() && !given) {
      given = true;
      stream->OnBody("no JSON either", true);
    }
  }
  void End() override { ++ends; }
  void WantBody(bool) override {}
  void Post(std::function<void()>) override {}
  std::shared_ptr<Stream> stream;
  std::string output;
  bool given = false;
  int ends = 0;
};

TEST_F(JsonLinesTest, EndsOnceWhereWritingBringsTheRestOfTheBody) {
  const auto exchange = std::make_shared<ReadyExchange>();
  Request request;
  request.method = "POST";
  request.target = "/classify";
  request.headers = {{"content-type", "application/x-ndjson"}};
  Response refusal;
  exchange->stream = MakeStreamHandler(service)(request, exchange, refusal);
  exchange->stream->OnBody("no JSON\n", false);
  EXPECT_EQ(std::count(exchange->output.begin(), exchange->output.end(), '\n'), 2);
  EXPECT_EQ(exchange->ends, 1);
  exchange->stream = nullptr;
}

}  // namespace
}  // namespace server
