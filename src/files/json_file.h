// JSON read with limits: the one place through which config.json and the tokenizer's files come in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "valence/error.h"

namespace valence::internal {

using Json = nlohmann::json;

struct JsonLimits {
  std::size_t bytes = std::size_t{64} << 20;
  std::size_t depth = 64;
  std::size_t values = 1'100'000;  // bounds the memory that a file of tiny values can claim, to about 100 MB
  bool keeps_order = false;        // fills JsonTree::keys and keys_of
};

// A file's values. nlohmann's own destructor asks for memory, and where there is none it ends the program; this one
// takes the values apart from the leaves up, which needs none. Their depth is limited.
struct JsonTree {
  Json root;  // its objects are sorted by key
  // With JsonLimits::keeps_order, in the order of the file: the keys of the root, and those of each object in it by its
  // key.
  std::vector<std::string> keys;
  std::map<std::string, std::vector<std::string>, std::less<>> keys_of;

  JsonTree() = default;
  JsonTree(JsonTree&&) = default;
  JsonTree& operator=(JsonTree&&) = delete;
  ~JsonTree();
};

// Parses strict JSON in UTF-8: no byte order mark, no comments, no key twice in one object.
// Throws Error: kFileNotFound, kFileUnreadable; `code` naming the file and the place when it is malformed or beyond a
// limit.
JsonTree ReadJsonFile(const std::filesystem::path& path, ErrorCode code, const JsonLimits& limits = {});

// The same for a text in memory; `path` is for messages.
JsonTree ParseJson(std::string_view text, const std::filesystem::path& path, ErrorCode code,
                   const JsonLimits& limits = {});

// A value for a message: `"text"`, `3.5`, `null`, `an array`, `an object`; bounded and printable.
std::string Described(const Json& value);

// One object of a JSON file; knows what to say when a field is not as it should be. A field that is null counts as
// absent. The value must outlive it.
class JsonObject {
 public:
  // `where`: the object's own name within the file, with the dot that follows: "model.", or "" at the top.
  // Throws Error `code` when `value` is no object.
  JsonObject(const Json& value, const std::filesystem::path& path, ErrorCode code, std::string where = "");

  const Json* Find(const char* name) const;  // nullptr if absent
  std::optional<bool> Bool(const char* name) const;
  std::optional<std::string> String(const char* name) const;
  std::optional<std::int64_t> Integer(const char* name, std::int64_t low, std::int64_t high) const;
  std::optional<double> Number(const char* name, double low, double high) const;
  std::optional<JsonObject> Object(const char* name) const;

  // As the above, but the field must be there. An id is an integer from 0 to INT32_MAX.
  std::string RequiredString(const char* name) const;
  std::int32_t RequiredId(const char* name) const;
  JsonObject RequiredObject(const char* name) const;

  // Throws Error `code`: "<path>: <where><name>: expected <expected>, found <found>".
  [[noreturn]] void Fail(const std::string& name, const std::string& expected, const std::string& found) const;
  const Json& value() const { return *value_; }

 private:
  const Json* value_;
  const std::filesystem::path* path_;
  ErrorCode code_;
  std::string where_;
};

// What is wrong with `text` that nlohmann's parser would let pass: it skips a byte order mark and stops at a NUL.
// Empty if nothing is.
std::string_view JsonTextFault(std::string_view text);

// nlohmann's words for a syntax error, bounded and printable.
std::string JsonSyntaxFault(std::size_t byte, const std::exception& error);

}  // namespace valence::internal
