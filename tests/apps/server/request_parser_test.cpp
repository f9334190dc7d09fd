// Requests that are whole, cut into pieces, or made to be understood differently by two readers.
#include "server/request_parser.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace server {
namespace {

RequestLimits SmallLimits() { return {.header_bytes = 1000, .target_bytes = 100, .body_bytes = 50, .streams = {}}; }

// Feeds as a connection does: what was not taken comes again with more. Pieces of `step` bytes.
void Feed(RequestParser& parser, const std::string& bytes, std::size_t step) {
  std::string input;
  for (std::size_t begin = 0; begin < bytes.size(); begin += step) {
    input += bytes.substr(begin, step);
    input.erase(0, parser.Feed(input));
  }
}

int StatusOf(const std::string& bytes) {
  RequestParser parser(SmallLimits());
  Feed(parser, bytes, bytes.size());
  return parser.failed_status();
}

TEST(RequestParser, ReadsARequestInPiecesOfAnySize) {
  const std::string bytes =
      "POST /predict?a=1 HTTP/1.1\r\nHost: h\r\nX-One:  a b \r\nTransfer-Encoding: chunked\r\n\r\n"
      "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    RequestParser parser(SmallLimits());
    Feed(parser, bytes, step);
    ASSERT_TRUE(parser.complete()) << step << ' ' << parser.failure();
    EXPECT_EQ(parser.request().method, "POST");
    EXPECT_EQ(parser.request().path(), "/predict");
    EXPECT_EQ(parser.request().header("x-one"), "a b");
    EXPECT_EQ(parser.request().body, "hello world");
    EXPECT_TRUE(parser.request().keep_alive);
  }
}

// RFC 9112, 3.2: the forms of a target. A path may hold "//".
TEST(RequestParser, TakesPathAndQueryOfEveryFormOfATarget) {
  for (const auto& [sent, target] :
       std::vector<std::pair<std::string, std::string>>{{"/v2?a=http://h/b", "/v2?a=http://h/b"},
                                                        {"http://h:8080/predict?a=1", "/predict?a=1"},
                                                        {"HTTPS://h/a//b", "/a//b"},
                                                        {"http://h", "/"},
                                                        {"http://h?a=1", "/?a=1"},
                                                        {"//h/predict", "//h/predict"},
                                                        {"*", "*"}}) {
    RequestParser parser(SmallLimits());
    parser.Feed("GET " + sent + " HTTP/1.1\r\nHost: h\r\n\r\n");
    ASSERT_TRUE(parser.complete()) << sent << ' ' << parser.failure();
    EXPECT_EQ(parser.request().target, target) << sent;
  }
}

TEST(RequestParser, LeavesTheNextRequestUntouched) {
  RequestParser parser(SmallLimits());
  const std::string first = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  EXPECT_EQ(parser.Feed(first + first), first.size());
  EXPECT_TRUE(parser.complete());
}

TEST(RequestParser, KnowsHowLongAConnectionIsToStay) {
  for (const auto& [bytes, keep_alive] :
       std::vector<std::pair<std::string, bool>>{{"GET / HTTP/1.1\r\nHost: h\r\n\r\n", true},
                                                 {"GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false},
                                                 {"GET / HTTP/1.0\r\n\r\n", false},
                                                 {"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true}}) {
    RequestParser parser(SmallLimits());
    parser.Feed(bytes);
    ASSERT_TRUE(parser.complete()) << bytes;
    EXPECT_EQ(parser.request().keep_alive, keep_alive) << bytes;
  }
}

TEST(RequestParser, RefusesWhatTwoReadersCouldUnderstandDifferently) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\n";
  for (const std::string headers : {"Content-Length: 3\r\nContent-Length: 3\r\n\r\nabc",
                                    "Content-Length: 3\r\nContent-Length: 4\r\n\r\nabc",
                                    "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                    "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
                                    "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
                                    "Content-Length: 3, 3\r\n\r\nabc",
                                    "Content-Length: +3\r\n\r\nabc",
                                    "Content-Length: -3\r\n\r\nabc",
                                    "Content-Length: 0x3\r\n\r\nabc",
                                    "Content-Length:\r\n\r\nabc",
                                    "Content-Length: 99999999999999999999999\r\n\r\nabc",
                                    "Content-Length : 3\r\n\r\nabc",
                                    "Content Length: 3\r\n\r\nabc",
                                    "Host: other\r\n\r\n",
                                    ": nameless\r\n\r\n",
                                    "no colon\r\n\r\n",
                                    "X: a\rb\r\n\r\n",
                                    "X: a\nb\r\n\r\n",
                                    "Transfer-Encoding: chunked\r\n\r\n5;name=value\r\nhello\r\n0\r\n\r\n",
                                    "Transfer-Encoding: chunked\r\n\r\nxyz\r\n",
                                    "Transfer-Encoding: chunked\r\n\r\n-1\r\n",
                                    "Transfer-Encoding: chunked\r\n\r\n5\r\nhelloworld\r\n0\r\n\r\n",
                                    "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\nhello"}) {
    const int status = StatusOf(post + headers);
    EXPECT_TRUE(status == 400 || status == 413) << status << " for " << headers;
  }
  EXPECT_EQ(StatusOf(post + "Transfer-Encoding: gzip, chunked\r\n\r\n"), 501);
  EXPECT_EQ(StatusOf(post + "Transfer-Encoding: xchunked\r\n\r\n"), 501);
  EXPECT_EQ(StatusOf("POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), 400);
}

TEST(RequestParser, RefusesOtherProtocols) {
  EXPECT_EQ(StatusOf("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), 505);
  EXPECT_EQ(StatusOf("GET / HTTP/3.1\r\nHost: h\r\n\r\n"), 505);
  EXPECT_EQ(StatusOf("GET /\r\n\r\n"), 400);
  EXPECT_EQ(StatusOf(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)), 400);
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\n\r\n"), 400) << "no Host";
  EXPECT_EQ(StatusOf("GET / HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n"), 417);
}

TEST(RequestParser, RefusesWhatIsLongerThanTheLimits) {
  const std::string get = "GET / HTTP/1.1\r\nHost: h\r\n";
  EXPECT_EQ(StatusOf("GET /" + std::string(100, 'a') + " HTTP/1.1\r\nHost: h\r\n\r\n"), 414);
  EXPECT_EQ(StatusOf(get + "X: " + std::string(1000, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(StatusOf(std::string(2000, 'A')), 431);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 51\r\n\r\n"), 413);
  EXPECT_EQ(StatusOf("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n33\r\n" + std::string(51, 'a') +
                     "\r\n0\r\n\r\n"),
            413);
}

TEST(RequestParser, RefusesAChunkLineOrTrailersThatDoNotEnd) {
  const std::string post = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string trailers = std::string("X: ") + std::string(1000, 'a') + "\r\n";
  for (const std::string& body : {"5;" + std::string(1000, 'a'), std::string(1000, '0'), "0\r\n" + trailers,
                                  "0\r\n" + trailers + "\r\n", std::string(1000, '0') + "5\r\nhello\r\n0\r\n\r\n"}) {
    for (const std::size_t step : {std::size_t{1}, std::size_t{7}, post.size() + body.size()}) {
      RequestParser parser(SmallLimits());
      Feed(parser, post + body, step);
      EXPECT_EQ(parser.failed_status(), 431) << step << ' ' << body.substr(0, 5) << ' ' << parser.failure();
    }
  }
}

TEST(RequestParser, LeavesTrailersOut) {
  const std::string bytes =
      "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"
      "Authorization: Bearer key\r\nHost: other\r\nConnection: close\r\n\r\n";
  for (std::size_t step = 1; step <= bytes.size(); ++step) {
    RequestParser parser(SmallLimits());
    Feed(parser, bytes, step);
    ASSERT_TRUE(parser.complete()) << step << ' ' << parser.failure();
    EXPECT_EQ(parser.request().body, "hello");
    EXPECT_EQ(parser.request().headers.size(), 2u);
    EXPECT_TRUE(parser.request().keep_alive);
  }
}

}  // namespace
}  // namespace server
