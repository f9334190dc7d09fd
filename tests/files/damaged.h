// Seeded ways to damage a file.
#pragma once

#include <cstddef>
#include <random>
#include <string>

namespace valence::internal {

// One to three changes anywhere in `content`: bits, bytes, stretches lost or doubled, numbers, punctuation.
inline std::string Damaged(std::string content, std::mt19937_64& random) {
  const auto below = [&](std::size_t bound) { return bound == 0 ? 0 : static_cast<std::size_t>(random() % bound); };
  const auto any_byte = [&] { return static_cast<char>(random()); };
  for (std::size_t changes = 1 + below(3); changes > 0 && !content.empty(); --changes) {
    const std::size_t at = below(content.size());
    switch (below(8)) {
      case 0:
        content[at] = static_cast<char>(content[at] ^ (1 << below(8)));
        break;
      case 1:
        content[at] = any_byte();
        break;
      case 2:
        content.resize(at);
        break;
      case 3:
        content.erase(at, 1 + below(8));
        break;
      case 4:
        content.insert(at, 1 + below(8), any_byte());
        break;
      case 5:  // a stretch of it twice
        content.insert(at, content.substr(below(content.size()), below(64)));
        break;
      case 6: {  // another number
        const std::size_t digit = content.find_first_of("0123456789", at);
        if (digit != content.npos) content.insert(digit, std::to_string(random() >> below(64)));
        break;
      }
      default:  // what a parser looks out for
        content.insert(at, 1, "{}[],:\"\\-.e\n"[below(12)]);
    }
  }
  return content;
}

}  // namespace valence::internal
