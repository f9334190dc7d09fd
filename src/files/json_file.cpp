// Builds a JSON value from parser events, so that every limit holds before memory is spent.
#include "files/json_file.h"

#include <utility>
#include <vector>

#include "files/mapped_file.h"
#include "unicode/printable.h"

namespace valence::internal {
namespace {

class Builder final : public Json::json_sax_t {
 public:
  explicit Builder(const JsonLimits& limits) : limits_(limits) {}

  JsonTree tree;
  std::string fault;  // set where an event returned false

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t&) override { return Fail("binary data"); }  // never sent for text
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }
  bool key(string_t& name) override {
    if (open_.back()->contains(name)) return Fail("the key " + Quoted(name) + " stands twice in one object");
    if (limits_.keeps_order && open_.size() == 1) tree.keys.push_back(name);
    if (limits_.keeps_order && open_.size() == 2 && open_.front()->is_object()) {
      tree.keys_of[tree.keys.back()].push_back(name);
    }
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t byte, const std::string&, const Json::exception& error) override {
    return Fail(JsonSyntaxFault(byte, error));
  }

 private:
  bool Fail(std::string what) {
    fault = std::move(what);
    return false;
  }
  bool Add(Json value) { return Place(std::move(value)) != nullptr; }
  bool Open(Json empty) {
    if (open_.size() == limits_.depth) return Fail("nested deeper than " + std::to_string(limits_.depth) + " levels");
    Json* placed = Place(std::move(empty));
    if (placed == nullptr) return false;
    open_.push_back(placed);
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  Json* Place(Json value) {
    if (++values_ > limits_.values) {
      Fail("more than " + std::to_string(limits_.values) + " values");
      return nullptr;
    }
    if (open_.empty()) return &(tree.root = std::move(value));
    Json& parent = *open_.back();
    if (parent.is_object()) return &(parent[std::exchange(key_, {})] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }

  const JsonLimits& limits_;
  std::vector<Json*> open_;  // the objects and arrays around the next value; their addresses hold while they are open
  std::string key_;
  std::size_t values_ = 0;
};

void TakeApart(Json& value) {
  for (Json& child : value) {
    if (child.is_structured()) TakeApart(child);
  }
  value.clear();
}

}  // namespace

JsonTree::~JsonTree() {
  if (root.is_structured()) TakeApart(root);
}

JsonObject::JsonObject(const Json& value, const std::filesystem::path& path, ErrorCode code, std::string where)
    : value_(&value), path_(&path), code_(code), where_(std::move(where)) {
  if (value.is_object()) return;
  const std::string name = where_.empty() ? "" : where_.substr(0, where_.size() - 1) + ": ";
  throw Error(code, Shown(path) + ": " + name + "expected an object, found " + Described(value));
}

void JsonObject::Fail(const std::string& name, const std::string& expected, const std::string& found) const {
  throw Error(code_, Shown(*path_) + ": " + where_ + name + ": expected " + expected + ", found " + found);
}

const Json* JsonObject::Find(const char* name) const {
  const auto found = value_->find(name);
  return found == value_->end() || found->is_null() ? nullptr : &*found;
}

std::optional<bool> JsonObject::Bool(const char* name) const {
  const Json* found = Find(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_boolean()) Fail(name, "true or false", Described(*found));
  return found->get<bool>();
}

std::optional<std::string> JsonObject::String(const char* name) const {
  const Json* found = Find(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_string()) Fail(name, "a string", Described(*found));
  return found->get<std::string>();
}

std::optional<std::int64_t> JsonObject::Integer(const char* name, std::int64_t low, std::int64_t high) const {
  const Json* found = Find(name);
  if (found == nullptr) return std::nullopt;
  // An unsigned number beyond int64 must not wrap around into the range.
  const bool fits = found->is_number_unsigned() ? found->get<std::uint64_t>() <= std::uint64_t{INT64_MAX}
                                                : found->is_number_integer();
  if (!fits || found->get<std::int64_t>() < low || found->get<std::int64_t>() > high) {
    Fail(name, "an integer from " + std::to_string(low) + " to " + std::to_string(high), Described(*found));
  }
  return found->get<std::int64_t>();
}

std::optional<double> JsonObject::Number(const char* name, double low, double high) const {
  const Json* found = Find(name);
  if (found == nullptr) return std::nullopt;
  if (!found->is_number() || found->get<double>() < low || found->get<double>() > high) {
    Fail(name, "a number from " + Json(low).dump() + " to " + Json(high).dump(), Described(*found));
  }
  return found->get<double>();
}

std::optional<JsonObject> JsonObject::Object(const char* name) const {
  const Json* found = Find(name);
  if (found == nullptr) return std::nullopt;
  return JsonObject(*found, *path_, code_, where_ + name + ".");
}

std::string JsonObject::RequiredString(const char* name) const {
  if (const auto found = String(name)) return *found;
  Fail(name, "a string", "none");
}

std::int32_t JsonObject::RequiredId(const char* name) const {
  if (const auto found = Integer(name, 0, INT32_MAX)) return static_cast<std::int32_t>(*found);
  Fail(name, "an id", "none");
}

JsonObject JsonObject::RequiredObject(const char* name) const {
  if (const auto found = Object(name)) return *found;
  Fail(name, "an object", "none");
}

std::string_view JsonTextFault(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) return "it begins with a byte order mark";
  if (text.find('\0') != text.npos) return "it holds a NUL byte";
  return {};
}

std::string JsonSyntaxFault(std::size_t byte, const std::exception& error) {
  std::string_view words = error.what();
  // After the library's own "[json.exception.parse_error.101] ".
  if (const auto end = words.find("] "); words.starts_with('[') && end != words.npos) words.remove_prefix(end + 2);
  return "a syntax error at byte " + std::to_string(byte) + ": " + Quoted(words, 200);
}

JsonTree ParseJson(std::string_view text, const std::filesystem::path& path, ErrorCode code, const JsonLimits& limits) {
  if (const auto fault = JsonTextFault(text); !fault.empty()) {
    throw Error(code, Shown(path) + ": expected JSON, but " + std::string(fault));
  }
  Builder builder(limits);
  if (!Json::sax_parse(text, &builder)) throw Error(code, Shown(path) + ": expected JSON, found " + builder.fault);
  return std::move(builder.tree);
}

JsonTree ReadJsonFile(const std::filesystem::path& path, ErrorCode code, const JsonLimits& limits) {
  return ParseJson(ReadWholeFile(path, limits.bytes), path, code, limits);
}

std::string Described(const Json& value) {
  if (value.is_string()) return Quoted(value.get_ref<const std::string&>());
  if (value.is_array()) return "an array of " + std::to_string(value.size());
  if (value.is_object()) return "an object of " + std::to_string(value.size());
  return value.dump();
}

}  // namespace valence::internal
