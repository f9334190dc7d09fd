// Connections from outside, with handlers that can be watched.
#include "server/http_server.h"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "client.h"
#include "running_server.h"

namespace server {
namespace {

using namespace std::chrono_literals;

// Answers with method, path and body.
void Echo(Request request, const std::shared_ptr<Exchange>& exchange) {
  Response response;
  response.body = request.method + ' ' + std::string(request.path()) + ' ' + request.body;
  exchange->Respond(std::move(response));
}

// Keeps its exchanges, for answers from other threads and later.
struct Held {
  std::mutex mutex;
  std::vector<std::shared_ptr<Exchange>> exchanges;
  std::atomic<int> stopped{0};

  Handler handler() {
    return [this](Request, std::shared_ptr<Exchange> exchange) {
      exchange->OnStop([this] { ++stopped; });
      const std::lock_guard lock(mutex);
      exchanges.push_back(std::move(exchange));
    };
  }
  std::size_t count() {
    const std::lock_guard lock(mutex);
    return exchanges.size();
  }
  void AnswerAll(const std::string& body) {
    const std::lock_guard lock(mutex);
    for (auto& exchange : exchanges) exchange->Respond({200, body, "text/plain", {}});
    exchanges.clear();
  }
};

TEST(HttpServer, AnswersManyRequestsOnOneConnection) {
  RunningServer server(Echo);
  Client client(server.port);
  for (int i = 0; i < 100; ++i) {
    client.Post("/path", "body " + std::to_string(i));
    const Reply reply = client.Read();
    ASSERT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "POST /path body " + std::to_string(i));
  }
}

TEST(HttpServer, AnswersRequestsSentWithoutWaitingInTheirOrder) {
  RunningServer server(Echo);
  Client client(server.port);
  std::string all;
  for (int i = 0; i < 1000; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nhost: h\r\n\r\n";
  std::jthread sender([&] { client.Send(all); });
  for (int i = 0; i < 1000; ++i) ASSERT_EQ(client.Read().body, "GET /" + std::to_string(i) + " ");
}

TEST(HttpServer, KeepsAConnectionThatHasSentMoreThanIsReadAhead) {
  Held held;
  RunningServer server(held.handler());
  Client client(server.port);
  std::string all;
  for (int i = 0; i < 10'000; ++i) all += "GET /" + std::to_string(i) + " HTTP/1.1\r\nhost: h\r\n\r\n";
  std::jthread sender([&] { client.Send(all); });
  std::this_thread::sleep_for(100ms);
  for (int i = 0; i < 10'000; ++i) {
    while (held.count() == 0) std::this_thread::sleep_for(10us);
    held.AnswerAll("answer");
    ASSERT_EQ(client.Read().status, 200) << i;
  }
}

TEST(HttpServer, TakesABodyThatComesByteByByteAndOneThatWaitsForContinue) {
  RunningServer server(Echo);
  Client client(server.port);
  for (const char c : std::string("POST /a HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\nabc")) {
    client.Send(std::string(1, c));
  }
  EXPECT_EQ(client.Read().body, "POST /a abc");
  client.Send("POST /b HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n");
  std::string hint(25, ' ');
  EXPECT_EQ(recv(client.socket(), hint.data(), hint.size(), MSG_WAITALL), 25);
  EXPECT_EQ(hint, "HTTP/1.1 100 Continue\r\n\r\n");
  client.Send("abc");
  EXPECT_EQ(client.Read().body, "POST /b abc");
}

TEST(HttpServer, TellsAnOldClientThatItsConnectionStays) {
  RunningServer server(Echo);
  Client client(server.port);
  for (int i = 0; i < 2; ++i) {
    client.Send("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n");
    EXPECT_NE(client.Read().header.find("connection: keep-alive"), std::string::npos);
  }
  client.Send("GET / HTTP/1.0\r\n\r\n");
  EXPECT_NE(client.Read().header.find("connection: close"), std::string::npos);
  EXPECT_TRUE(client.Closed());
}

TEST(HttpServer, RefusesAMalformedRequestAndCloses) {
  RunningServer server(Echo);
  Client client(server.port);
  client.Send("GET / HTTP/1.1\r\nno colon\r\n\r\n" + std::string(100'000, 'x'));
  EXPECT_EQ(client.Read().status, 400);
  EXPECT_TRUE(client.Closed());
}

TEST(HttpServer, SendsABodyThatFillsEveryBufferToASlowReader) {
  const std::string large(20'000'000, 'x');
  RunningServer server([&](Request, const std::shared_ptr<Exchange>& exchange) {
    exchange->Respond({200, large, "text/plain", {}});
  });
  Client client(server.port);
  client.Get("/");
  std::this_thread::sleep_for(200ms);
  EXPECT_EQ(client.Read().body.size(), large.size());
}

TEST(HttpServer, TellsTheHandlerWhenTheClientHasGone) {
  Held held;
  RunningServer server(held.handler());
  Client client(server.port);
  client.Get("/");
  RunningServer::WaitFor([&] { return held.count() == 1; });
  EXPECT_EQ(held.stopped, 0);
  client.Close();
  RunningServer::WaitFor([&] { return held.stopped == 1; });
  held.AnswerAll("too late");
  RunningServer::WaitFor([&] { return server.http->connections() == 0; });
}

TEST(HttpServer, AnswersByItselfAfterTheDeadline) {
  Held held;
  HttpOptions options;
  options.answer_timeout = 50ms;
  RunningServer server(held.handler(), options);
  Client client(server.port);
  client.Get("/");
  EXPECT_EQ(client.Read().status, 504);
  EXPECT_EQ(held.stopped, 1);
  client.Get("/");
  RunningServer::WaitFor([&] { return held.count() == 2; });
  held.AnswerAll("the first one's answer must not go to the second");
  EXPECT_EQ(client.Read().status, 200);
}

TEST(HttpServer, TakesTheDeadlineThatTheClientAsksFor) {
  Held held;
  RunningServer server(held.handler());
  Client client(server.port);
  client.Post("/", "", "x-request-timeout-ms: 20\r\n");
  EXPECT_EQ(client.Read().status, 504);
  for (const std::string wrong : {"", "0", "-1", "x", "1.5", "4294967296"}) {
    Client other(server.port);
    other.Post("/", "", "x-request-timeout-ms: " + wrong + "\r\n");
    EXPECT_EQ(other.Read().status, 400) << wrong;
  }
}

TEST(HttpServer, ClosesConnectionsThatTakeTooLong) {
  HttpOptions options;
  options.idle_timeout = 50ms;
  options.header_timeout = 50ms;
  options.body_timeout = 50ms;
  RunningServer server(Echo, options);
  Client idle(server.port), header(server.port), body(server.port);
  header.Send("GET / HT");
  body.Send("POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 3\r\n\r\na");
  EXPECT_TRUE(idle.Closed());
  EXPECT_EQ(header.Read().status, 408);
  EXPECT_EQ(body.Read().status, 408);
}

TEST(HttpServer, TakesNoMoreConnectionsThanItsLimit) {
  HttpOptions options;
  options.connections = 2;
  RunningServer server(Echo, options);
  Client first(server.port), second(server.port);
  EXPECT_EQ(first.Get("/").Read().status, 200);
  EXPECT_EQ(second.Get("/").Read().status, 200);
  EXPECT_EQ(Client(server.port).Read().status, 503);
  first.Close();
  RunningServer::WaitFor([&] { return Client(server.port).Get("/").Read().status == 200; });
}

TEST(HttpServer, EndsOnceWhatHasBegunIsAnswered) {
  Held held;
  RunningServer server(held.handler());
  Client busy(server.port), idle(server.port), late(server.port);
  busy.Get("/");
  RunningServer::WaitFor([&] { return held.count() == 1; });
  server.http->Drain(10s);
  RunningServer::WaitFor([&] { return server.http->draining(); });
  late.Get("/");  // within the moment that a connection without a request has left
  RunningServer::WaitFor([&] { return held.count() == 2; });
  EXPECT_TRUE(idle.Closed());
  held.AnswerAll("answer");
  for (Client* client : {&busy, &late}) {
    const Reply reply = client->Read();
    EXPECT_EQ(reply.body, "answer");
    EXPECT_NE(reply.header.find("connection: close"), std::string::npos);
    client->Close();
  }
  RunningServer::WaitFor([&] { return server.http->connections() == 0; });
}

TEST(HttpServer, EndsOnceASlowClientHasItsAnswer) {
  const std::string large(20'000'000, 'x');
  RunningServer server([&](Request, const std::shared_ptr<Exchange>& exchange) {
    exchange->Respond({200, large, "text/plain", {}});
  });
  Client client(server.port);
  client.Get("/");
  pollfd begun{client.socket(), POLLIN, 0};
  ASSERT_EQ(poll(&begun, 1, 5000), 1);
  server.http->Drain(20s);
  RunningServer::WaitFor([&] { return server.http->draining(); });
  EXPECT_EQ(client.Read().body.size(), large.size());
  EXPECT_TRUE(client.Closed()) << "it was told before that the connection stays";
}

}  // namespace
}  // namespace server
