// A JSON object from a line, for all programs that read JSON lines.
#include "json_line.h"

#include <stdexcept>

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepestObject = 200;  // the JSON writer calls itself for each level
constexpr std::size_t kLongestMessage = 200;

// What the JSON library says, without its own exception number and its line count, which knows this line only.
std::string Reason(const Json::exception& error) {
  std::string reason = error.what();
  const std::size_t column = reason.find("column ");
  reason.erase(0, column != std::string::npos ? column : reason.find("] ") + 2);
  if (reason.size() > kLongestMessage) reason = reason.substr(0, kLongestMessage) + " ..";
  return "not JSON: " + reason;
}

}  // namespace

Json ParseJsonObject(const std::string& line) {
  const auto check_depth = [](int depth, Json::parse_event_t, Json&) {
    if (depth > kDeepestObject) throw std::invalid_argument("nested deeper than " + std::to_string(kDeepestObject));
    return true;
  };
  Json object;
  try {
    object = Json::parse(line, check_depth);
  } catch (const Json::exception& error) {
    throw std::invalid_argument(Reason(error));
  }
  if (!object.is_object()) {
    throw std::invalid_argument(std::string("expected a JSON object, found ") + object.type_name());
  }
  return object;
}

}  // namespace cli
