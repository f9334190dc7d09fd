// JSON objects, one a line, whose values keep the text that they were read with.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace common {

// The members of an object in their order. A value is JSON text without white space, never a parsed number: numbers
// keep all their digits. Strings are rewritten with as few escapes as possible.
class JsonObject {
 public:
  struct Member {
    std::string key;
    std::string value;  // JSON text
  };

  // Of a key that comes twice the last value stands, in the first one's place. Besides the numbers of JSON, NaN,
  // Infinity and -Infinity are read, because Python's json module writes them. Time grows with the line's length,
  // however many keys one object has. Throws std::invalid_argument saying what was expected and what was found: the
  // line is not JSON, no object, or nested deeper than 200 levels.
  static JsonObject Parse(std::string_view line);

  const std::vector<Member>& members() const { return members_; }

  // The value under the key, or nullptr where there is none.
  const std::string* Find(std::string_view key) const;

  // The string under the key. Throws std::invalid_argument where there is none.
  std::string StringAt(std::string_view key) const;

  // Replaces the value under the key, or adds it at the end. Bytes that are not UTF-8 become U+FFFD; control
  // characters are escaped.
  void Set(std::string_view key, const nlohmann::ordered_json& value);

  // The object in one line, with its line end.
  std::string ToLine() const;

 private:
  std::vector<Member> members_;
};

// "string", "number", "object", "array", "boolean" or "null": the type of a value that is JSON text.
const char* JsonType(std::string_view value);

// The string that a JSON string stands for.
std::string DecodedJsonString(std::string_view value);

}  // namespace common
