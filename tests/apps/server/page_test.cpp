// What people get: openapi.json, which must have every route and no other, and the page to try the models.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <utility>

#include "description.h"
#include "server/documents.h"
#include "service_fixture.h"
#include "valence/version.h"

namespace server {
namespace {

using Json = nlohmann::ordered_json;

std::string Upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// "/v2/models/{model_name}" as the table of routes has it.
std::string WithoutNames(std::string path) {
  for (std::size_t open = 0; (open = path.find('{', open)) != std::string::npos; ++open) {
    path.erase(open + 1, path.find('}', open) - open - 1);
  }
  return path;
}

// Calls `look` with every object in a JSON value.
void ForEachObject(const Json& json, const std::function<void(const Json&)>& look) {
  if (json.is_object()) look(json);
  if (json.is_structured()) {
    for (const auto& [key, value] : json.items()) ForEachObject(value, look);
  }
}

TEST_F(ServiceTest, OpenApiHasEveryRouteAndNoOther) {
  std::set<std::pair<std::string, std::string>> described, routes;
  for (const auto& [path, methods] : Description()["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) described.emplace(Upper(method), WithoutNames(path));
  }
  for (const Route& route : Routes()) routes.emplace(route.method, route.path);
  EXPECT_EQ(described, routes);
}

TEST_F(ServiceTest, OpenApiIsOfTheShapeThatItsVersionAsksFor) {
  const Response response = Get("/openapi.json");
  EXPECT_EQ(response.content_type, "application/json");
  const Json description = Json::parse(response.body);
  EXPECT_EQ(description["openapi"], "3.1.0");
  EXPECT_EQ(description["info"]["version"], VALENCE_VERSION);
  std::set<std::string> ids;
  for (const auto& [path, methods] : description["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      EXPECT_TRUE(ids.insert(operation.at("operationId").get<std::string>()).second) << path;
      EXPECT_TRUE(operation.at("summary").is_string()) << path;
      std::set<std::string> in_path;
      for (const Json& parameter : operation.value("parameters", Json::array())) {
        const Json& resolved = Resolved(parameter);
        if (resolved.at("in") == "path") in_path.insert('{' + resolved.at("name").get<std::string>() + '}');
      }
      for (const std::string& name : in_path) EXPECT_NE(path.find(name), std::string::npos) << path << name;
      EXPECT_EQ(static_cast<std::ptrdiff_t>(in_path.size()), std::count(path.begin(), path.end(), '{')) << path;
      ASSERT_TRUE(operation.at("responses").contains("200")) << path;
      for (const auto& [status, one] : operation["responses"].items()) {
        const Json& answer = Resolved(one);
        EXPECT_TRUE(answer.at("description").is_string()) << path << status;
        if (status != "200") {
          EXPECT_NE(answer.at("content").at("application/json").dump().find("schemas/Error"), std::string::npos);
        }
      }
    }
  }
  std::set<std::string> used;
  ForEachObject(description, [&](const Json& object) {
    if (!object.contains("$ref")) return;
    EXPECT_NO_THROW(Resolved(object)) << object;
    used.insert(object["$ref"]);
  });
  for (const auto& [kind, components] : description["components"].items()) {
    if (kind == "securitySchemes") continue;
    for (const auto& [name, component] : components.items()) {
      EXPECT_TRUE(used.contains("#/components/" + kind + '/' + name)) << name << " is not used";
    }
  }
}

TEST_F(ServiceTest, PageIsSelfContainedAndAllowsNothingBesideItself) {
  const Response page = Get("/");
  EXPECT_EQ(page.status, 200);
  EXPECT_EQ(page.content_type, "text/html; charset=utf-8");
  std::string policy;
  for (const auto& [name, value] : page.headers) {
    if (name == "content-security-policy") policy = value;
  }
  EXPECT_TRUE(policy.starts_with("default-src 'none'; style-src 'sha256-")) << policy;
  EXPECT_NE(policy.find("script-src 'sha256-"), std::string::npos) << policy;
  EXPECT_EQ(policy.find("unsafe"), std::string::npos) << policy;
  // What the policy forbids must not be there: other sources, handlers and styles in attributes, a second script.
  for (const char* forbidden :
       {"http://", "https://", " src=", "@import", " url(", " style=", " onclick=", "innerHTML"}) {
    EXPECT_EQ(page.body.find(forbidden), std::string::npos) << forbidden;
  }
  for (const char* once : {"<style>", "<script>"}) {
    EXPECT_EQ(page.body.find(once), page.body.rfind(once)) << once;
    EXPECT_NE(page.body.find(once), std::string::npos) << once;
  }
}

TEST_F(ServiceTest, TakesTheModelFromTheQueryOnRoutesThatNameNone) {
  for (const std::string route : {"/predict", "/tokenize", "/"}) {
    EXPECT_EQ(Post(route + "?model=other", R"({"inputs": "a"})").status, 200) << route;
    EXPECT_EQ(Post(route + "?model=unknown", R"({"inputs": "a"})").status, 404) << route;
  }
  EXPECT_EQ(Json::parse(Get("/info?model=other").body)["model_id"], "other");
  EXPECT_EQ(Get("/info?model=unknown").status, 404);
}

}  // namespace
}  // namespace server
