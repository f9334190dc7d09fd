// Answers against openapi.json: is it written there that this may come?
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "server/documents.h"
#include "server/message.h"

namespace server {

inline const nlohmann::ordered_json& Description() {
  static const auto description = nlohmann::ordered_json::parse(kOpenApiDocument);
  return description;
}

// What a "$ref" stands for, or the object itself. Throws where there is no such thing.
inline const nlohmann::ordered_json& Resolved(const nlohmann::ordered_json& object) {
  if (!object.contains("$ref")) return object;
  return Description().at(nlohmann::ordered_json::json_pointer(object["$ref"].get<std::string>().substr(1)));
}

// "/v2/models/{model_name}": each {..} stands for one segment.
inline bool MatchesTemplate(std::string_view pattern, std::string_view path) {
  while (!pattern.empty() && !path.empty()) {
    const std::string_view expected = pattern.substr(0, pattern.find('/', 1)),
                           found = path.substr(0, path.find('/', 1));
    if (!expected.starts_with("/{") && expected != found) return false;
    pattern.remove_prefix(expected.size());
    path.remove_prefix(found.size());
  }
  return pattern.empty() && path.empty();
}

// Status, content type and the headers that must be there.
inline void ExpectDescribed(const Request& request, const Response& response) {
  std::string method = request.method == "HEAD" ? "get" : request.method;
  std::transform(method.begin(), method.end(), method.begin(), [](char c) { return c | 0x20; });
  const std::string what = request.method + ' ' + request.target + ": " + std::to_string(response.status);
  bool found = false;
  for (const auto& [pattern, methods] : Description()["paths"].items()) {
    if (!MatchesTemplate(pattern, request.path())) continue;
    found = true;
    if (!methods.contains(method)) {
      EXPECT_EQ(response.status, 405) << what;
      continue;
    }
    const auto& responses = methods[method]["responses"];
    ASSERT_TRUE(responses.contains(std::to_string(response.status))) << what << ' ' << response.body;
    const auto& described = Resolved(responses[std::to_string(response.status)]);
    if (described.contains("content")) {
      const std::string type = response.content_type.substr(0, response.content_type.find(';'));
      EXPECT_TRUE(described["content"].contains(type)) << what << ' ' << type;
    } else {
      EXPECT_EQ(response.body, "") << what;
    }
    if (!described.contains("headers")) continue;
    for (const auto& [name, header] : described["headers"].items()) {
      if (!Resolved(header).value("required", false)) continue;
      std::string lower = name;
      std::transform(lower.begin(), lower.end(), lower.begin(),
                     [](char c) { return c >= 'A' && c <= 'Z' ? c | 0x20 : c; });
      EXPECT_TRUE(std::any_of(response.headers.begin(), response.headers.end(),
                              [&](const auto& given) { return given.first == lower; }))
          << what << ": no " << name;
    }
  }
  if (!found) {
    EXPECT_EQ(response.status, 404) << what;
  }
}

}  // namespace server
