// Any bytes as what a client sends to valence-server: through the parser, the table of routes and the handlers, without
// sockets.
#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "apps/server/description.h"
#include "apps/server/service_fixture.h"
#include "common/text.h"
#include "fuzz.h"
#include "server/request_parser.h"

using valence::internal::Demand;

namespace server {
namespace {

constexpr std::size_t kPiece = 7;

struct Rig : TestService {
  Rig() : TestService({"small"}, 1, {.texts = 50, .waiting_tokens = 10'000}) {}
  const StreamHandler stream = MakeStreamHandler(service);
};

// Collects what a stream answers; its posted tasks run on the thread that waits.
class CollectingExchange final : public StreamExchange {
 public:
  void Write(std::string_view bytes) override { output += bytes; }
  void End() override { ended = true; }
  void WantBody(bool) override {}
  void Post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }

  void RunToTheEnd() {
    std::unique_lock lock(mutex_);
    while (!ended) {
      changed_.wait(lock, [&] { return !tasks_.empty(); });
      auto tasks = std::exchange(tasks_, {});
      lock.unlock();
      for (auto& task : tasks) task();
      lock.lock();
    }
  }

  std::string output;
  bool ended = false;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> tasks_;
};

// Feeds as a connection does.
std::size_t FeedInPieces(RequestParser& parser, std::string_view bytes) {
  std::string input;
  std::size_t taken = 0, begin = 0;
  while (begin < bytes.size()) {
    const std::string_view piece = bytes.substr(begin, kPiece);
    begin += piece.size();
    input += piece;
    const std::size_t count = parser.Feed(input);
    taken += count;
    input.erase(0, count);
    if (parser.complete() || parser.failed_status() != 0) break;
  }
  return taken;
}

bool IsDescribed(const Request& request, int status) {
  std::string method = request.method == "HEAD" ? "get" : request.method;
  std::transform(method.begin(), method.end(), method.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
  for (const auto& [pattern, methods] : Description()["paths"].items()) {
    if (!MatchesTemplate(pattern, request.path())) continue;
    if (!methods.contains(method)) return status == 405;
    return methods[method]["responses"].contains(std::to_string(status));
  }
  return status == 404;
}

void Handle(Rig& rig, const Request& request) {
  const auto exchange = std::make_shared<TestExchange>();
  rig.handler(request, exchange);
  const Response response = exchange->Wait();
  Demand(IsDescribed(request, response.status), "an answer that openapi.json describes");
  if (response.content_type == "application/json" && !response.body.empty()) {
    Demand(nlohmann::json::accept(response.body), "JSON in the answer");
  }
  for (const auto& [name, value] : response.headers) {
    Demand((name + value).find_first_of("\r\n") == std::string::npos, "no line end in a header");
  }
}

void HandleStream(Rig& rig, Request request) {
  const std::string body = std::exchange(request.body, {});
  const auto exchange = std::make_shared<CollectingExchange>();
  Response refusal;
  const auto stream = rig.stream(request, exchange, refusal);
  if (!stream) return Demand(IsDescribed(request, refusal.status), "a refusal that openapi.json describes");
  stream->OnBody(std::string_view(body).substr(0, body.size() / 2), false);
  stream->OnBody(std::string_view(body).substr(body.size() / 2), true);
  exchange->RunToTheEnd();
  std::size_t lines = 0;
  for (std::size_t begin = 0; begin < body.size();) {
    const std::size_t end = std::min(body.find('\n', begin), body.size());
    if (!common::IsBlank(std::string_view(body).substr(begin, end - begin))) ++lines;
    begin = end + 1;
  }
  Demand(static_cast<std::size_t>(std::count(exchange->output.begin(), exchange->output.end(), '\n')) == lines,
         "a line of output for each line that is not blank");
}

}  // namespace
}  // namespace server

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace server;
  static Rig& rig = *new Rig;
  const RequestLimits limits{.header_bytes = 2000, .target_bytes = 200, .body_bytes = 8000, .streams = IsStream};
  std::string_view input = valence::internal::Text(data, size);
  while (!input.empty()) {
    RequestParser whole(limits), pieces(limits);
    const std::size_t taken = whole.Feed(input);
    const std::size_t taken_in_pieces = FeedInPieces(pieces, input);
    // An unfinished request may be refused earlier or later.
    Demand(whole.complete() == pieces.complete(), "the same end however it is cut");
    if (whole.failed_status() != 0) {
      Demand(!server::ReasonPhrase(whole.failed_status()).starts_with("Unknown"), "a status that has a name");
      Demand(!whole.failure().empty(), "a reason");
      break;
    }
    if (!whole.complete()) break;
    Demand(taken == taken_in_pieces && taken > 0 && taken <= input.size(), "the same length however it is cut");
    Request& request = whole.request();
    Demand(request.body == pieces.request().body && request.headers == pieces.request().headers &&
               request.target == pieces.request().target && request.method == pieces.request().method,
           "the same request however it is cut");
    if (whole.streams()) {
      HandleStream(rig, std::move(request));
    } else {
      Handle(rig, request);
    }
    rig.inference.WaitUntilIdle();
    Demand(rig.inference.waiting_tokens() == 0, "no token waits when all is answered");
    if (!rig.models.Find()) rig.models.Load("small");  // the input may unload it
    input.remove_prefix(taken);
  }
  return 0;
}
