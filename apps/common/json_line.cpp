// JSON objects as values. They are built from parser events: ordered_json by itself looks through all keys of an
// object for each one that it adds.
#include "json_line.h"

#include <cstddef>
#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

#include "text.h"

namespace common {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kDeepestObject = 200;  // the JSON writer calls itself for each level
constexpr std::size_t kLongestMessage = 200;

// What the JSON library says, without its own exception number and its line count, which knows this line only.
std::string Reason(const Json::exception& error) {
  std::string reason = error.what();
  const std::size_t column = reason.find("column ");
  reason.erase(0, column != std::string::npos ? column : reason.find("] ") + 2);
  if (reason.size() > kLongestMessage) reason = reason.substr(0, kLongestMessage) + " ..";
  return "not JSON: " + reason;
}

class Builder final : public Json::json_sax_t {
 public:
  Json root;

  ~Builder() override { TakeApart(root); }

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(number_integer_t value) override { return Add(value); }
  bool number_unsigned(number_unsigned_t value) override { return Add(value); }
  bool number_float(number_float_t value, const string_t&) override { return Add(value); }
  bool string(string_t& value) override { return Add(std::move(value)); }
  bool binary(binary_t& value) override { return Add(std::move(value)); }  // never sent for text
  bool start_object(std::size_t) override { return Open(Json::object()); }
  bool start_array(std::size_t) override { return Open(Json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(string_t& name) override {
    auto& members = open_.back().value->get_ref<Json::object_t&>();
    const auto [place, is_new] = open_.back().places.try_emplace(name, members.size());
    // emplace_back is the vector's; the map's own emplace looks through all keys.
    if (is_new) members.emplace_back(std::move(name), nullptr);
    member_ = &members.data()[place->second].second;  // operator[] of the map is by key
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    throw std::invalid_argument(Reason(error));
  }

 private:
  struct Nest {
    Json* value;
    std::map<std::string, std::size_t> places;  // of an object's keys
  };

  bool Add(Json value) {
    Place(std::move(value));
    return true;
  }
  bool Open(Json empty) {
    Json* const placed = Place(std::move(empty));
    open_.push_back({placed, {}});
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }

  Json* Place(Json value) {
    if (open_.size() > kDeepestObject) {
      throw std::invalid_argument("nested deeper than " + std::to_string(kDeepestObject));
    }
    if (open_.empty()) return &(root = std::move(value));
    Json& parent = *open_.back().value;
    if (parent.is_object()) return &(*member_ = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }

  std::vector<Nest> open_;  // the objects and arrays that the parser is inside of
  Json* member_ = nullptr;  // what the last key belongs to
};

}  // namespace

void TakeApart(Json& value) noexcept {
  if (value.is_array()) {
    auto& elements = value.get_ref<Json::array_t&>();
    for (; !elements.empty(); elements.pop_back()) TakeApart(elements.back());
  } else if (value.is_object()) {
    auto& members = value.get_ref<Json::object_t&>();
    for (; !members.empty(); members.pop_back()) TakeApart(members.back().second);
  }
}

Json ParseJsonObject(const std::string& line) {
  Builder builder;
  Json::sax_parse(line, &builder);
  // The parser takes a NUL byte for the end; one inside of a value it has refused already.
  const std::size_t nul = line.find('\0');
  if (nul != std::string::npos) {
    throw std::invalid_argument("not JSON: column " + std::to_string(nul + 1) +
                                ": expected the end of the line, found a NUL byte");
  }
  if (!builder.root.is_object()) {
    throw std::invalid_argument(std::string("expected a JSON object, found ") + builder.root.type_name());
  }
  return std::move(builder.root);
}

std::string ToJsonLine(const Json& object) {
  return EscapedControls(object.dump(-1, ' ', false, Json::error_handler_t::replace)) + '\n';
}

}  // namespace common
