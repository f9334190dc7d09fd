// Maps byte strings to numbers, and finds the longest of them with which a text begins.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace valence::internal {

// A double-array trie (Aoe, 1989): the child of node n for byte b is at base[n] + b, if the parent of that place is n.
// Immutable once built.
class ByteTrie {
 public:
  using Node = std::uint32_t;
  static constexpr Node kRoot = 0;
  static constexpr Node kNoNode = UINT32_MAX;
  static constexpr std::int32_t kNoValue = -1;

  struct Match {
    std::size_t length = 0;  // 0: no string of the set
    std::int32_t value = kNoValue;
  };

  // Values are not negative. Of equal keys the last one counts.
  explicit ByteTrie(std::vector<std::pair<std::string_view, std::int32_t>> keys);

  // The longest key that [begin, end) starts with, at least one byte, when the bytes before it led from the root
  // to `from`.
  Match LongestPrefix(Node from, const char* begin, const char* end) const {
    Match match;
    Node node = from;
    for (const char* p = begin; p != end; ++p) {
      const Node child = places_[node].base + static_cast<unsigned char>(*p);
      if (places_[child].parent != node) break;
      node = child;
      if (places_[node].value != kNoValue) match = {static_cast<std::size_t>(p - begin) + 1, places_[node].value};
    }
    return match;
  }

  // The node that the bytes lead to from the root, or kNoNode.
  Node Find(std::string_view bytes) const;

  // The value of exactly this key, or kNoValue.
  std::int32_t ValueOf(std::string_view key) const;

 private:
  struct Place {
    std::uint32_t base = 0;
    Node parent = kNoNode;
    std::int32_t value = kNoValue;
  };
  friend class ByteTrieBuilder;

  std::vector<Place> places_;  // 256 more than the largest base, so that no child is out of range
};

}  // namespace valence::internal
