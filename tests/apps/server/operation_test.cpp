// What an operator sets up: keys, TLS, the access log.
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "client.h"
#include "running_server.h"
#include "server/access_log.h"
#include "server/api_keys.h"
#include "server/tls.h"

namespace server {
namespace {

using Json = nlohmann::ordered_json;

Request Asking(const std::string& target, const std::string& authorization = {}, const std::string& method = "GET") {
  Request request;
  request.method = method;
  request.target = target;
  if (!authorization.empty()) request.headers.emplace_back("authorization", authorization);
  return request;
}

TEST(ApiKeys, AllowsOneOfTheKeysAndNothingElse) {
  const ApiKeys keys({"first", "second"}, false);
  EXPECT_TRUE(keys.Allow(Asking("/predict", "Bearer first")));
  EXPECT_TRUE(keys.Allow(Asking("/predict", "bearer second")));
  for (const std::string wrong : {"", "first", "Basic first", "Bearer", "Bearer ", "Bearer firs", "Bearer first ",
                                  "Bearer firstfirst", "Bearer FIRST"}) {
    EXPECT_FALSE(keys.Allow(Asking("/predict", wrong))) << wrong;
  }
  EXPECT_TRUE(keys.Allow(Asking("/health")));
  EXPECT_TRUE(keys.Allow(Asking("/metrics?x")));
  EXPECT_TRUE(keys.Allow(Asking("/")));
  EXPECT_FALSE(keys.Allow(Asking("/", "", "POST"))) << "the Hugging Face route beside the page";
  EXPECT_FALSE(ApiKeys({"first"}, true).Allow(Asking("/health")));
  EXPECT_TRUE(ApiKeys().Allow(Asking("/predict")));
}

class Files : public testing::Test {
 protected:
  Files() : folder(std::filesystem::temp_directory_path() / ("valence-server-test-" + std::to_string(getpid()))) {
    std::filesystem::create_directory(folder);
  }
  ~Files() override { std::filesystem::remove_all(folder); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder / name) << text;
    return folder / name;
  }

  const std::filesystem::path folder;
};

TEST_F(Files, HoldKeysALineAndAreNeverTakenForNone) {
  EXPECT_EQ(ApiKeys::ReadFile(Write("keys", "# who\na\r\n\nb")), (std::vector<std::string>{"a", "b"}));
  EXPECT_THROW(ApiKeys::ReadFile(Write("none", "# nobody\n")), std::runtime_error);
  EXPECT_THROW(ApiKeys::ReadFile(folder / "missing"), std::runtime_error);
}

TEST_F(Files, GetALineOfTheAccessLogForEachAnswer) {
  const std::string path = folder / "log";
  AccessLog log(path);
  Request request = Asking("/predict?secret=1");
  request.client = "127.0.0.1";
  request.headers.emplace_back("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  Response response;
  response.status = 404;
  response.body = "four";
  log.Write({request, response, std::chrono::microseconds(1500)});
  std::filesystem::rename(path, folder / "moved");
  log.Reopen();
  request.headers = {{"x-request-id", "id\xFF\n"}};
  log.Write({request, response, std::chrono::microseconds(1500)});
  for (const auto& [name, trace] : std::vector<std::pair<std::string, std::string>>{
           {"moved", "0af7651916cd43dd8448eb211c80319c"}, {"log", "id\xEF\xBF\xBD\n"}}) {
    std::ifstream file(folder / name);
    std::string line, more;
    ASSERT_TRUE(std::getline(file, line));
    EXPECT_FALSE(std::getline(file, more));
    const Json json = Json::parse(line);
    EXPECT_EQ(json["path"], "/predict");
    EXPECT_EQ(json["status"], 404);
    EXPECT_EQ(json["bytes"], 4);
    EXPECT_EQ(json["ms"], 1.5);
    EXPECT_EQ(json["trace"], trace);
  }
}

TEST_F(Files, OfAFullDiskAreSaidOnceAndStopNothing) {
  AccessLog log("/dev/full");
  testing::internal::CaptureStderr();
  const Request request = Asking("/");
  for (int i = 0; i < 3; ++i) log.Write({request, {}, {}});
  const std::string message = testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::count(message.begin(), message.end(), '\n'), 1);
  EXPECT_NE(message.find("/dev/full"), std::string::npos);
}

// A client's side of TLS on a socket.
class TlsClient {
 public:
  explicit TlsClient(Client& client) : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), client.socket());
    connected = SSL_connect(ssl_.get()) == 1;
  }
  void Send(const std::string& bytes) { SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }
  std::string ReadAll() {
    std::string all;
    char buffer[4096];
    for (int count; (count = SSL_read(ssl_.get(), buffer, sizeof buffer)) > 0;)
      all.append(buffer, static_cast<std::size_t>(count));
    clean_end = SSL_get_shutdown(ssl_.get()) == SSL_RECEIVED_SHUTDOWN;
    return all;
  }
  bool connected = false;
  bool clean_end = false;

 private:
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> context_;
  std::unique_ptr<SSL, void (*)(SSL*)> ssl_{nullptr, SSL_free};
};

const std::string kCertificate = VALENCE_REFERENCES "/server/certificate.pem";
const std::string kKey = VALENCE_REFERENCES "/server/key.pem";

TEST(Tls, CarriesLargeRequestsAndAnswers) {
  HttpOptions options;
  options.tls = std::make_shared<Tls>(kCertificate, kKey);
  RunningServer server(
      [](Request request, const std::shared_ptr<Exchange>& exchange) {
        exchange->Respond({200, std::string(3'000'000, 'a') + request.body, "text/plain", {}});
      },
      options);
  const std::string body(2'000'000, 'b');
  Client client(server.port);
  TlsClient tls(client);
  ASSERT_TRUE(tls.connected);
  options.tls->Reload();
  tls.Send("POST / HTTP/1.1\r\nhost: h\r\nconnection: close\r\ncontent-length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body);
  const std::string answer = tls.ReadAll();
  EXPECT_TRUE(answer.ends_with("a" + body));
  EXPECT_GT(answer.size(), 5'000'000u);
  EXPECT_TRUE(tls.clean_end);
}

TEST(Tls, ClosesOnWhatIsNoTls) {
  HttpOptions options;
  options.tls = std::make_shared<Tls>(kCertificate, kKey);
  options.header_timeout = std::chrono::milliseconds(200);
  RunningServer server([](Request, const std::shared_ptr<Exchange>& exchange) { exchange->Respond({}); }, options);
  Client plain(server.port), silent(server.port);
  plain.Get("/");
  plain.ReadAll();  // an alert, then the end
  EXPECT_TRUE(silent.Closed());
  RunningServer::WaitFor([&] { return server.http->connections() == 0; });
}

TEST_F(Files, OfCertificatesAreNamedWhenTheyAreWrong) {
  EXPECT_THROW(Tls(Write("c", "nothing"), kKey), std::runtime_error);
  EXPECT_THROW(Tls(kCertificate, Write("k", "nothing")), std::runtime_error);
  try {
    Tls(folder / "missing.pem", kKey);
    ADD_FAILURE() << "a certificate that is not there was taken";
  } catch (const std::runtime_error& error) {
    EXPECT_NE(std::string(error.what()).find("missing.pem"), std::string::npos);
  }
}

}  // namespace
}  // namespace server
