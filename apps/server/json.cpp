// What the protocols do alike with JSON bodies.
#include "json.h"

#include <cmath>
#include <stdexcept>

namespace server {

Json ParseBody(const Request& request) {
  std::string_view type = request.header("content-type");
  type = type.substr(0, type.find(';'));
  while (type.ends_with(' ')) type.remove_suffix(1);
  if (!type.empty() && type != "application/json") {
    throw Refused{415, "validation", "Content-Type: expected application/json, found \"" + std::string(type) + '"'};
  }
  return ParseObject(request.body);
}

Json ParseObject(const std::string& text) {
  try {
    return common::ParseJsonObject(text);
  } catch (const std::invalid_argument& error) {
    const std::string_view reason = error.what();
    throw Refused{reason.starts_with("expected a JSON object") ? 422 : 400, "validation", std::string(reason)};
  }
}

bool Flag(const Json& object, std::string_view name, bool otherwise) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return otherwise;
  if (found->is_boolean()) return found->get<bool>();
  throw Refused{422, "validation", '"' + std::string(name) + "\": expected true or false, found " + found->type_name()};
}

const std::string& String(const Json& value, std::string_view what) {
  if (value.is_string()) return value.get_ref<const std::string&>();
  throw Refused{422, "validation", std::string(what) + ": expected a string, found " + value.type_name()};
}

std::optional<std::uint64_t> WholeNumber(const Json& value) {
  if (value.is_number_unsigned()) return value.get<std::uint64_t>();
  if (!value.is_number_float()) return std::nullopt;
  const auto number = value.get<double>();
  constexpr double kExact = 9007199254740992.0;  // above 2^53 not every number has a double of its own
  if (!(number >= 0 && number < kExact) || std::floor(number) != number) return std::nullopt;
  return static_cast<std::uint64_t>(number);
}

std::string Dump(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace server
