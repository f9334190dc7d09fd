// Small operations on text: white space, lists of words, beginnings of long texts.
#include "text.h"

#include <algorithm>

namespace common {

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
  std::string line(text);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return line;
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
