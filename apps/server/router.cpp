// The table of routes.
#include <new>
#include <string_view>

#include "json.h"
#include "service.h"

namespace server {
namespace {

struct Route {
  std::string_view method;
  std::string_view path;  // {}: one segment
  void (*handle)(Call&);
};

constexpr Route kRoutes[] = {
    {"GET", "/health", TeiHealth},
    {"POST", "/predict", TeiPredict},
};

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string PercentDecoded(std::string_view text) {
  std::string decoded;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 && HexDigit(text[i + 2]) >= 0) {
      decoded += static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]));
      i += 2;
    } else {
      decoded += text[i];
    }
  }
  return decoded;
}

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

}  // namespace

Handler MakeHandler(Service& service) {
  return [&service](Request request, std::shared_ptr<Exchange> exchange) {
    try {
      Handle(service, request, exchange);
    } catch (const Refused& refused) {
      exchange->Respond(ErrorResponse(refused.status, refused.error_type, refused.message));
    } catch (const std::bad_alloc&) {
      exchange->Respond(ErrorResponse(503, "overloaded", "out of memory"));
    }
  };
}

}  // namespace server
