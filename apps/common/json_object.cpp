// JSON objects, one a line, whose values keep the text that they were read with.
#include "json_object.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include "text.h"

namespace common {
namespace {

using Json = nlohmann::ordered_json;
using Members = std::vector<JsonObject::Member>;

constexpr std::size_t kDeepest = 200;  // objects and arrays inside each other: the parser calls itself for each
constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::string ToText(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

void AppendMembers(const Members& members, std::string& out) {
  out += '{';
  for (const JsonObject::Member& member : members) {
    if (out.back() != '{') out += ',';
    out += ToText(member.key) + ':' + member.value;
  }
  out += '}';
}

// The grammar of RFC 8259.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {
    if (text_.starts_with(kByteOrderMark)) at_ = kByteOrderMark.size();
  }

  Members ParseLine() {
    SkipSpace();
    Members members;
    if (Peek() == '{') {
      members = ParseObject();
      ExpectEnd();
    } else {
      std::string value;
      AppendValue(value);
      ExpectEnd();
      throw std::invalid_argument(std::string("expected a JSON object, found ") + JsonType(value));
    }
    return members;
  }

 private:
  // The next character; NUL at the end and for a NUL byte, neither of which may stand where this is called.
  char Peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool Take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }

  void SkipSpace() { at_ = std::min(text_.find_first_not_of(" \t\r\n", at_), text_.size()); }

  bool SkipDigits() {
    const std::size_t begin = at_;
    at_ = std::min(text_.find_first_not_of("0123456789", at_), text_.size());
    return at_ > begin;
  }

  [[noreturn]] void FailAt(std::size_t at, const std::string& reason) const {
    throw std::invalid_argument("not JSON: column " + std::to_string(at + 1) + ": " + reason);
  }

  [[noreturn]] void FailExpecting(const std::string& expected) const {
    std::string found = "the end of the line";
    if (at_ < text_.size()) {
      const char c = Peek();
      found = c == '\0' ? "a NUL byte" : c > ' ' && c < 0x7f ? std::string("'") + c + '\'' : "another byte";
    }
    FailAt(at_, "expected " + expected + ", found " + found);
  }

  void ExpectEnd() {
    SkipSpace();
    if (at_ < text_.size()) FailExpecting("the end of the line");
  }

  void Enter() {
    if (++depth_ > kDeepest) throw std::invalid_argument("nested deeper than " + std::to_string(kDeepest));
  }

  void AppendValue(std::string& out) {
    const char first = Peek();
    if (first == '{') {
      AppendMembers(ParseObject(), out);
    } else if (first == '[') {
      AppendArray(out);
    } else if (first == '"') {
      out += ToText(ParseString());
    } else {
      const std::size_t begin = at_;
      if (!Take("true") && !Take("false") && !Take("null") && !Take("NaN")) SkipNumber();
      out += text_.substr(begin, at_ - begin);
    }
  }

  Members ParseObject() {
    Enter();
    ++at_;
    Members members;
    std::unordered_map<std::string, std::size_t> places;  // of the keys among the members
    SkipSpace();
    while (!Take("}")) {
      if (!members.empty()) {
        if (!Take(",")) FailExpecting("a comma or '}'");
        SkipSpace();
      }
      if (Peek() != '"') FailExpecting(members.empty() ? "a key in quotes or '}'" : "a key in quotes");
      std::string key = ParseString();
      SkipSpace();
      if (!Take(":")) FailExpecting("a colon");
      SkipSpace();
      std::string value;
      AppendValue(value);
      const auto [place, is_new] = places.try_emplace(key, members.size());
      if (is_new) {
        members.push_back({std::move(key), std::move(value)});
      } else {
        members[place->second].value = std::move(value);
      }
      SkipSpace();
    }
    --depth_;
    return members;
  }

  void AppendArray(std::string& out) {
    Enter();
    ++at_;
    out += '[';
    SkipSpace();
    for (bool is_first = true; !Take("]"); is_first = false) {
      if (!is_first) {
        if (!Take(",")) FailExpecting("a comma or ']'");
        SkipSpace();
        out += ',';
      }
      AppendValue(out);
      SkipSpace();
    }
    out += ']';
    --depth_;
  }

  std::string ParseString() {
    const std::size_t begin = at_++;
    while (Peek() != '"') {
      at_ += Peek() == '\\' ? 2 : 1;
      if (at_ >= text_.size()) FailAt(begin, "expected the closing quote of a string, found the end of the line");
    }
    ++at_;
    try {
      return DecodedJsonString(text_.substr(begin, at_ - begin));
    } catch (const Json::exception& error) {
      // "[..] parse error at ..: syntax error while parsing value - invalid string: REASON; last read: .."
      const std::string message = error.what();
      const std::size_t reason = message.find("invalid string");
      FailAt(begin, message.substr(std::min(reason, message.size()), message.find("; last read") - reason));
    }
  }

  void SkipNumber() {
    const std::size_t begin = at_;
    Take("-");
    if (Take("Infinity")) return;
    if (!Take("0") && !SkipDigits()) {
      at_ = begin;
      FailExpecting("a value");
    }
    if (Take(".") && !SkipDigits()) FailExpecting("a digit");
    if (Take("e") || Take("E")) {
      if (!Take("+")) Take("-");
      if (!SkipDigits()) FailExpecting("a digit");
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
};

}  // namespace

JsonObject JsonObject::Parse(std::string_view line) {
  JsonObject object;
  object.members_ = Parser(line).ParseLine();
  return object;
}

const std::string* JsonObject::Find(std::string_view key) const {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.key == key; });
  return found == members_.end() ? nullptr : &found->value;
}

std::string JsonObject::StringAt(std::string_view key) const {
  const std::string* value = Find(key);
  if (value == nullptr) throw std::invalid_argument("the object has no \"" + std::string(key) + '"');
  if (value->front() != '"') {
    throw std::invalid_argument("expected a string as \"" + std::string(key) + "\", found " + JsonType(*value));
  }
  return DecodedJsonString(*value);
}

void JsonObject::Set(std::string_view key, const Json& value) {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.key == key; });
  if (found != members_.end()) {
    found->value = EscapedControls(ToText(value));
  } else {
    members_.push_back({std::string(key), EscapedControls(ToText(value))});
  }
}

std::string JsonObject::ToLine() const {
  std::string line;
  AppendMembers(members_, line);
  return line + '\n';
}

const char* JsonType(std::string_view value) {
  switch (value.front()) {
    case '"':
      return "string";
    case '{':
      return "object";
    case '[':
      return "array";
    case 't':
    case 'f':
      return "boolean";
    case 'n':
      return "null";
    default:
      return "number";
  }
}

std::string DecodedJsonString(std::string_view value) { return Json::parse(value).get<std::string>(); }

}  // namespace common
