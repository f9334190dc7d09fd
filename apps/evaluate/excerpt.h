// The beginning of a text, for a report.
#pragma once

#include <string>
#include <string_view>

namespace evaluate {

// At most `longest` bytes of the text and " .." where it goes on; UTF-8 characters stay whole, runs of white space and
// control characters become one space.
inline std::string Excerpt(std::string_view text, std::size_t longest) {
  std::string excerpt;
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const bool begins_character = (byte & 0xc0) != 0x80;
    if (begins_character && excerpt.size() >= longest) break;
    if (excerpt.size() >= longest + 4) break;  // no UTF-8
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

}  // namespace evaluate
