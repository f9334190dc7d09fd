// What the protocols do alike with JSON bodies.
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "common/json_line.h"
#include "message.h"

namespace server {

using Json = nlohmann::ordered_json;

// A value whose end allocates nothing: see common::TakeApart. For those that may be as large as a request or an answer.
struct JsonTree {
  explicit JsonTree(Json its_value) : value(std::move(its_value)) {}
  ~JsonTree() { common::TakeApart(value); }
  JsonTree(const JsonTree&) = delete;
  JsonTree& operator=(const JsonTree&) = delete;

  Json value;
};

// Ends a request with an error; the router answers it.
struct Refused {
  int status;
  std::string error_type;
  std::string message;
};

// The body as a JSON object. Throws Refused: 415 for a content type other than JSON, 400 for what is no JSON or nested
// deeper than 200 levels, 422 for what is no object.
Json ParseBody(const Request& request);

// The same for text that is known to be meant as JSON.
Json ParseObject(const std::string& text);

// The member of that type, or the default where it is missing or null. Throws Refused (422).
bool Flag(const Json& object, std::string_view name, bool otherwise);
const std::string& String(const Json& value, std::string_view what);

// A number of 0 or more without a fraction, below 2^53 where it is written with a point or an exponent (5.0, 1e3: the
// same number in JSON); none for anything else.
std::optional<std::uint64_t> WholeNumber(const Json& value);

// Invalid UTF-8 becomes U+FFFD.
std::string Dump(const Json& value);

}  // namespace server
