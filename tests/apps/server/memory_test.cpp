// Allocations fail, on whichever thread: the client gets an answer, a 503 or the end of the connection, and the server
// then works as before.
#include <gtest/gtest.h>
#include <poll.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "client.h"
#include "robust/failing_memory.h"
#include "robust/limited_memory.h"
#include "running_server.h"
#include "server/background.h"
#include "server/out_of_memory.h"
#include "service_fixture.h"

namespace server {
namespace {

using valence::internal::FailingMemory;

// Under the sanitizers, which take several times as long, one allocation in seven.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr std::size_t kStep = 7;
#else
constexpr std::size_t kStep = 1;
#endif

class MemoryTest : public ServiceTest {
 protected:
  static HttpOptions Options(Service& service) {
    HttpOptions options;
    options.request.streams = IsStream;
    options.stream = MakeStreamHandler(service);
    options.answer_timeout = std::chrono::seconds(20);
    return options;
  }

  // Sends and reads without any allocation of its own. The answer's status, or 0 where the connection just ends, or -1
  // where neither comes: a lost answer.
  int Ask(const std::string& bytes) {
    const int socket = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(server.port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{30, 0};  // the server would wait for longer
    setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    EXPECT_EQ(connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    std::size_t sent = 0;
    for (ssize_t count;
         sent < bytes.size() && (count = send(socket, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL)) > 0;) {
      sent += static_cast<std::size_t>(count);
    }
    size_ = 0;
    bool lost = false;
    while (size_ < answer_.size()) {
      const ssize_t count = recv(socket, answer_.data() + size_, answer_.size() - size_, 0);
      lost = count < 0 && errno == EAGAIN;
      if (count <= 0) break;
      size_ += static_cast<std::size_t>(count);
    }
    close(socket);
    if (lost) return -1;
    return size_ > 12 ? std::atoi(answer_.data() + 9) : 0;
  }
  std::string Answer() const { return {answer_.data(), size_}; }
  // What follows the header, which has the time in it.
  std::string Body() const { return Answer().substr(std::min(size_, Answer().find("\r\n\r\n"))); }

  static std::string Request(const std::string& path, const std::string& body, const char* type = "application/json") {
    return "POST " + path + " HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-type: " + type +
           "\r\ncontent-length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }

  // Ask, with the call for memory of that number failing; `failed`: whether there was one.
  int AskWithOneFailure(const std::string& request, std::size_t number, bool& failed) {
    const FailingMemory memory(number, 1);
    const int status = Ask(request);
    inference.WaitUntilIdle();
    failed = memory.failed() > 0;
    return status;
  }

  void FailEach(const std::string& request) {
    ASSERT_EQ(Ask(request), 200) << Answer();
    const std::string expected = Body();
    std::size_t first = 0, refused = 0;
    for (bool failed = true; failed && first < 20'000; first += kStep) {
      const int status = AskWithOneFailure(request, first, failed);
      ASSERT_GE(status, 0) << first << ": no answer, and the connection stays open";
      EXPECT_TRUE(status == 200 || status == 503 || status == 0 || status == 424) << first << Answer();
      if (status != 200 || Body() != expected) ++refused;
      if (first % (16 * kStep) == 0) {
        ASSERT_EQ(Ask(request), 200) << first << Answer();
        ASSERT_EQ(Body(), expected) << first;
      }
    }
    EXPECT_GT(first, 30u);
    EXPECT_GT(refused, 20 / kStep);
    ASSERT_EQ(Ask(request), 200) << Answer();
    EXPECT_EQ(Body(), expected);
    server.WaitFor([&] { return server.http->connections() == 0; });
    EXPECT_EQ(inference.waiting_tokens(), 0u);
    EXPECT_NE(metrics.Text({}).find("\nte_queue_size 0\n"), std::string::npos);
  }

  RunningServer server{MakeHandler(service), Options(service)};

 private:
  std::array<char, 64 * 1024> answer_;
  std::size_t size_ = 0;
};

TEST_F(MemoryTest, FailingOnceInAStreamLeavesTheServerAsItWas) {
  FailEach(Request("/classify", "{\"text\": \"I loved it\"}\n{\"text\": \"It drags.\"}\n", "application/x-ndjson"));
}

// Counts the ends. Unlike a connection's, it lets a stream write after its end, as one with a slow client would.
struct CountingExchange final : StreamExchange {
  void Write(std::string_view) override {}
  void End() override { ++ends; }
  void WantBody(bool) override {}
  void Post(std::function<void()> task) override {
    const std::lock_guard lock(mutex);
    tasks.push_back(std::move(task));
  }
  std::mutex mutex;
  std::vector<std::function<void()>> tasks;
  int ends = 0;
};

TEST_F(MemoryTest, FailingOnceInAStreamEndsItOnce) {
  const std::string line = "{\"text\": \"I loved it\"}";
  ASSERT_EQ(Ask(Request("/classify", line, "application/x-ndjson")), 200);  // the fixture's server has started
  const StreamHandler begin = MakeStreamHandler(service);
  server::Request request;
  request.method = "POST";
  request.target = "/classify";
  request.headers = {{"content-type", "application/x-ndjson"}};
  bool failed = true;
  int ended = 0;
  for (std::size_t first = 0; failed && first < 1000; first += kStep) {
    const auto exchange = std::make_shared<CountingExchange>();
    Response refusal;
    const auto stream = begin(request, exchange, refusal);
    {
      const FailingMemory memory(first, 1);
      try {
        stream->OnBody(line, true);
      } catch (const std::bad_alloc&) {  // a connection would end
      }
      inference.WaitUntilIdle();
      failed = memory.failed() > 0;
    }
    for (const auto& task : exchange->tasks) task();
    EXPECT_LE(exchange->ends, 1) << first;
    ended += exchange->ends;
    stream->OnStop();
  }
  EXPECT_FALSE(failed);
  EXPECT_GT(ended, 1);
}

// An event loop keeps what it has had for a socket. So it needs memory for one only where more are open than ever
// before, as when it has been slow to close the last one. The connections that are left open may still be starting when
// the allocation fails, which is then theirs: it ends one connection, this one or that.
TEST_F(MemoryTest, FailingOnceWhileConnectionsBeginEndsOneOfThem) {
  const std::string request = Request("/classify", "{\"text\": \"I loved it\"}\n", "application/x-ndjson");
  ASSERT_EQ(Ask(request), 200) << Answer();
  std::list<Client> open;
  std::size_t failures = 0, ended = 0;
  // The server counts those alone that it has not ended.
  const auto settle = [&] {
    server.WaitFor([&] {
      ended += open.remove_if([](Client& client) { return client.Closed(std::chrono::milliseconds(0)); });
      return server.http->connections() == open.size();
    });
  };
  bool failed = true;
  for (std::size_t first = 0; failed && first < 1000; first += kStep) {
    settle();
    const int status = AskWithOneFailure(request, first, failed);
    ASSERT_GE(status, 0) << first << ": no answer, and the connection stays open";
    if (status != 200) ++ended;
    if (failed) ++failures;
    settle();
    ASSERT_FALSE(HasFailure()) << first << ": the server counts " << server.http->connections() << " connections, "
                               << open.size() << " are open";
    ASSERT_LE(ended, failures) << first;
    for (int loops = 0; loops < 2; ++loops) open.emplace_back(server.port);
  }
  EXPECT_FALSE(failed);
  EXPECT_GT(ended, 0u);
  ASSERT_EQ(Ask(request), 200) << Answer();
}

TEST(BackgroundMemory, FailingOnceTakesATaskOrLeavesIt) {
  for (std::size_t first = 0, failed = 1; failed > 0; ++first) {
    ASSERT_LT(first, 100u);
    Background background;
    std::atomic<int> runs{0};
    bool taken = false;
    {
      const FailingMemory memory(first, 1);
      taken = Insist([&] { background.Run([&runs] { ++runs; }); });
      failed = memory.failed();
    }
    EXPECT_TRUE(taken) << first;
    RunningServer::WaitFor([&] { return runs > 0; });
    background.Stop();
    EXPECT_EQ(runs, 1) << first;
    background.Run([&runs] { ++runs; });
  }
}

// Real shortage, as nlohmann/json allocates in its destructors: there no single allocation can fail.
TEST_F(MemoryTest, MissingForAWhileIsToldAndThenTheServerWorks) {
  const std::string small = Request("/predict", R"({"inputs": "I loved it"})");
  ASSERT_EQ(Ask(small), 200);
  const std::string expected = Body();
  std::string elements;
  for (int i = 0; i < 200'000; ++i) elements += "[[]],";
  const std::string large = Request("/predict", R"({"inputs": "a", "more": [)" + elements + "[]]}");
  int refused = 0, status = 0;
  // Each limit lets the request come a little further; what it got stays in the process for the next one. The C library
  // may want 128 MB of addresses at once, for an arena of the thread's own.
  for (std::size_t more = 0; more < 500'000'000 && status != 200; more += 6'000'000 + more / 4) {
    {
      const valence::internal::LimitedMemory limit(more);
      status = Ask(large);
      inference.WaitUntilIdle();
    }
    EXPECT_TRUE(status == 200 || status == 503 || status == 0) << status << Answer();
    if (status != 200) ++refused;
    ASSERT_EQ(Ask(small), 200) << more << Answer();
    ASSERT_EQ(Body(), expected);
  }
  EXPECT_EQ(status, 200);
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  EXPECT_GT(refused, 0);
#endif
  server.WaitFor([&] { return server.http->connections() == 0; });
  EXPECT_EQ(inference.waiting_tokens(), 0u);
}

}  // namespace
}  // namespace server
