// Small operations on text: white space, lists of words, beginnings of long texts.
#include "text.h"

#include <algorithm>

namespace common {

namespace {

// Whether the UTF-8 text begins with one of U+0080 to U+009F.
bool IsHighControl(std::string_view text) {
  return text.size() > 1 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0;
}

}  // namespace

bool IsBlank(std::string_view text) { return text.find_first_not_of(kWhiteSpace) == std::string_view::npos; }

std::string_view Trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kWhiteSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kWhiteSpace) + 1 - begin);
}

std::vector<std::string_view> Split(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(separator, begin), text.size());
    parts.push_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  return parts;
}

std::string OneLine(std::string_view text) {
  std::string line;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const std::string_view rest = text.substr(at);
    if (static_cast<unsigned char>(rest[0]) < ' ' || rest[0] == '\x7f') {
      line += ' ';
    } else if (IsHighControl(rest)) {
      line += ' ';
      ++at;
    } else if (rest.starts_with("\xe2\x80\xa8") || rest.starts_with("\xe2\x80\xa9")) {
      line += ' ';
      at += 2;
    } else {
      line += rest[0];
    }
  }
  return line;
}

std::string EscapedControls(std::string_view json) {
  std::string escaped;
  for (std::size_t at = 0; at < json.size(); ++at) {
    const std::string_view rest = json.substr(at);
    if (rest[0] == '\x7f') {
      escaped += "\\u007f";
    } else if (IsHighControl(rest)) {
      const auto low = static_cast<unsigned char>(rest[1]);
      escaped += low < 0x90 ? "\\u008" : "\\u009";
      escaped += "0123456789abcdef"[low & 0xf];
      ++at;
    } else {
      escaped += rest[0];
    }
  }
  return escaped;
}

std::string Excerpt(std::string_view text, std::size_t longest) {
  std::string excerpt;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool begins_character = (byte & 0xc0) != 0x80;
    if (begins_character && excerpt.size() >= longest) break;
    if (excerpt.size() >= longest + 4) break;  // not UTF-8
    const bool is_blank = byte <= ' ' || byte == 0x7f;
    if (!is_blank) {
      excerpt += text[at];
    } else if (!excerpt.empty() && excerpt.back() != ' ') {
      excerpt += ' ';
    }
  }
  while (excerpt.ends_with(' ')) excerpt.pop_back();
  return at < text.size() ? excerpt + " .." : excerpt;
}

}  // namespace common
