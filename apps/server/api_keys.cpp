// Who may ask.
#include "api_keys.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>

namespace server {
namespace {

// GET and HEAD need no key there. The page and openapi.json hold nothing but what the program's source holds.
constexpr std::string_view kOpen[] = {"/",        "/openapi.json",   "/health",
                                      "/metrics", "/v2/health/live", "/v2/health/ready"};
constexpr std::string_view kScheme = "bearer ";

// In a time that depends on the lengths alone.
bool SameBytes(std::string_view a, std::string_view b) {
  volatile unsigned char difference = a.size() == b.size() ? 0 : 1;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const char other = b.empty() ? '\0' : b[i % b.size()];
    difference = static_cast<unsigned char>(difference | (a[i] ^ other));
  }
  return difference == 0;
}

bool HasScheme(std::string_view value) {
  return value.size() >= kScheme.size() &&
         std::equal(kScheme.begin(), kScheme.end(), value.begin(),
                    [](char expected, char c) { return expected == (c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
}

}  // namespace

std::vector<std::string> ApiKeys::ReadFile(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> keys;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    if (!line.empty() && line.front() != '#') keys.push_back(line);
  }
  // Without this an unreadable file would let everybody in.
  if (keys.empty()) throw std::runtime_error("--api-keys " + path + ": expected a key a line, found none");
  return keys;
}

bool ApiKeys::Allow(const Request& request) const {
  if (keys_.empty()) return true;
  const bool reads = request.method == "GET" || request.method == "HEAD";
  if (!protects_all_ && reads && std::find(std::begin(kOpen), std::end(kOpen), request.path()) != std::end(kOpen)) {
    return true;
  }
  const std::string_view value = request.header("authorization");
  const std::string_view given = HasScheme(value) ? value.substr(kScheme.size()) : std::string_view{};
  bool found = false;
  for (const std::string& key : keys_) found = SameBytes(key, given) || found;
  return found;
}

Response ApiKeys::Refusal() {
  Response response = ErrorResponse(401, "unauthorized", "expected Authorization: Bearer with an API key");
  response.headers.emplace_back("www-authenticate", "Bearer");
  return response;
}

}  // namespace server
