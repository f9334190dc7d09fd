// Small operations on text: white space, lists of words, beginnings of long texts.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace common {

// The white space of ASCII.
inline constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";

// Whether the text is empty or white space only.
bool IsBlank(std::string_view text);

// The text without white space at its ends; a part of `text`.
std::string_view Trimmed(std::string_view text);

// The parts between the separators, empty ones included: one more than there are separators.
std::vector<std::string_view> Split(std::string_view text, char separator);

// The words with the separator between them.
template <class Words>
std::string Joined(const Words& words, std::string_view separator) {
  std::string joined;
  bool is_first = true;
  for (const auto& word : words) {
    if (!is_first) joined += separator;
    joined += word;
    is_first = false;
  }
  return joined;
}

// The text with a space in place of each character that may end a line or command a terminal: the control characters of
// Unicode (U+0000 to U+001F, U+007F to U+009F) and the separators U+2028 and U+2029.
std::string OneLine(std::string_view text);

// JSON text with U+007F to U+009F escaped, which JSON allows inside strings as they are.
std::string EscapedControls(std::string_view json);

// At most `longest` bytes of the text and " .." where it goes on; UTF-8 characters stay whole, runs of white space and
// control characters become one space.
std::string Excerpt(std::string_view text, std::size_t longest);

}  // namespace common
