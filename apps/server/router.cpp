// The table of routes.
#include <exception>
#include <new>
#include <string_view>

#include "json.h"
#include "out_of_memory.h"
#include "service.h"

namespace server {
namespace {

constexpr Route kRoutes[] = {
    {"POST", "/predict", TeiPredict},
    {"POST", "/tokenize", TeiTokenize},
    {"GET", "/info", TeiInfo},
    {"GET", "/health", TeiHealth},
    {"GET", "/metrics", TeiMetrics},
    {"POST", "/", HuggingFacePredict},
    {"GET", "/", Page},
    {"GET", "/openapi.json", OpenApi},
    {"POST", "/classify", nullptr},
    {"GET", "/v2", OpenServer},
    {"GET", "/v2/health/live", OpenLive},
    {"GET", "/v2/health/ready", OpenReady},
    {"GET", "/v2/models/{}", OpenModel},
    {"GET", "/v2/models/{}/versions/{}", OpenModel},
    {"GET", "/v2/models/{}/ready", OpenModelReady},
    {"GET", "/v2/models/{}/versions/{}/ready", OpenModelReady},
    {"POST", "/v2/models/{}/infer", OpenInfer},
    {"POST", "/v2/models/{}/versions/{}/infer", OpenInfer},
    {"POST", "/v2/repository/index", OpenIndex},
    {"POST", "/v2/repository/models/{}/load", OpenLoad},
    {"POST", "/v2/repository/models/{}/unload", OpenUnload},
};

// Bodies above this are parsed elsewhere: an event loop serves many connections.
constexpr std::size_t kLargeBody = 64 * 1024;

// Takes the next segment, "/" and what follows up to the next one.
std::string_view NextSegment(std::string_view& path) {
  const std::string_view segment = path.substr(0, path.find('/', 1));
  path.remove_prefix(segment.size());
  return segment;
}

bool Matches(std::string_view pattern, std::string_view path, std::vector<std::string>& arguments) {
  arguments.clear();
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = NextSegment(pattern), found = NextSegment(path);
    if (expected == "/{}" && found.size() > 1) {
      arguments.push_back(PercentDecoded(found.substr(1)));
    } else if (expected != found) {
      return false;
    }
  }
  return pattern.empty() && path.empty();
}

void Handle(Service& service, Request& request, const std::shared_ptr<Exchange>& exchange) {
  Call call{service, request, exchange, {}};
  std::string allowed;
  for (const Route& route : kRoutes) {
    if (!Matches(route.path, request.path(), call.arguments)) continue;
    const bool head = request.method == "HEAD" && route.method == "GET";  // the connection leaves the body out
    if (head || route.method == request.method) return route.handle(call);
    allowed.append(allowed.empty() ? "" : ", ").append(route.method);
  }
  if (allowed.empty()) throw Refused{404, "not_found", "nothing is at " + std::string(request.path())};
  Response response = ErrorResponse(405, "validation", "expected " + allowed + ", found " + request.method);
  response.headers.emplace_back("allow", allowed);
  exchange->Respond(std::move(response));
}

void HandleOrRefuse(Service& service, Request& request, const std::shared_ptr<Exchange>& exchange) {
  try {
    Handle(service, request, exchange);
  } catch (const Refused& refused) {
    exchange->Respond(RefusalOf(refused));
  } catch (const std::bad_alloc&) {
    exchange->Respond(OutOfMemory());
  } catch (const std::exception& error) {
    exchange->Respond(ErrorResponse(500, "internal", error.what()));
  }
}

}  // namespace

std::span<const Route> Routes() { return kRoutes; }

Response RefusalOf(const Refused& refused) {
  Response response = ErrorResponse(refused.status, refused.error_type, refused.message);
  if (refused.status == 429) response.headers.emplace_back("retry-after", "1");
  return response;
}

Handler MakeHandler(Service& service) {
  return [&service](Request request, std::shared_ptr<Exchange> exchange) {
    KeepReserve();
    if (!service.api_keys.Allow(request)) return exchange->Respond(ApiKeys::Refusal());
    if (request.body.size() <= kLargeBody) return HandleOrRefuse(service, request, exchange);
    service.large_bodies.Run(
        [&service, exchange = std::move(exchange), request = std::make_shared<Request>(std::move(request))] {
          try {
            HandleOrRefuse(service, *request, exchange);
          } catch (const std::bad_alloc&) {  // by the answer; on an event loop the connection sees to that
            Insist([&] { exchange->Respond(OutOfMemory()); });
          }
        });
  };
}

}  // namespace server
