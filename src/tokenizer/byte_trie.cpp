// Builds the double-array trie: gives each node a base at which the places of all its children are free.
#include "tokenizer/byte_trie.h"

#include <algorithm>
#include <span>

namespace valence::internal {
namespace {

using Key = std::pair<std::string_view, std::int32_t>;

constexpr std::size_t kBytes = 256;
// Free places tried for a node before its children go to the end. The limit bounds the work and leaves some holes.
constexpr int kTries = 32;

}  // namespace

class ByteTrieBuilder {
 public:
  explicit ByteTrieBuilder(std::vector<ByteTrie::Place>& places) : places_(places) {
    Grow(2 * kBytes);
    // The first places stay empty, so that a base, place - byte, is never negative.
    for (std::uint32_t place = 0; place < kBytes; ++place) Take(place);
  }

  // `keys`: sorted and distinct. Breadth first, so that the nodes near the root, which every look-up visits, are close
  // together in memory.
  void Build(std::span<const Key> keys) {
    std::vector<Pending> level{{ByteTrie::kRoot, keys}};
    for (std::size_t depth = 0; !level.empty(); ++depth) {
      std::vector<Pending> next;
      for (const Pending& node : level) AddChildren(node, depth, next);
      level = std::move(next);
    }
  }

 private:
  // A node and the keys below it, which share the bytes that lead to it.
  struct Pending {
    ByteTrie::Node node;
    std::span<const Key> keys;
  };

  void AddChildren(Pending pending, std::size_t depth, std::vector<Pending>& next) {
    std::span<const Key> keys = pending.keys;
    if (!keys.empty() && keys.front().first.size() == depth) {
      places_[pending.node].value = keys.front().second;
      keys = keys.subspan(1);
    }
    if (keys.empty()) return;
    children_.clear();
    for (std::size_t begin = 0, end = 0; begin < keys.size(); begin = end) {
      const auto byte = static_cast<unsigned char>(keys[begin].first[depth]);
      while (end < keys.size() && static_cast<unsigned char>(keys[end].first[depth]) == byte) ++end;
      children_.push_back({byte, keys.subspan(begin, end - begin)});
    }
    const std::uint32_t base = FindBase();
    places_[pending.node].base = base;
    Grow(std::size_t{base} + kBytes);
    for (const Pending& child : children_) {
      const ByteTrie::Node place = base + child.node;  // child.node holds the byte until it has a place
      Take(place);
      places_[place].parent = pending.node;
      next.push_back({place, child.keys});
    }
  }

  // A base at which the places of all children_ are free.
  std::uint32_t FindBase() const {
    const std::uint32_t first_byte = children_.front().node;
    int tries = 0;
    for (std::uint32_t place = next_[0]; place < places_.size() && tries < kTries; place = next_[place], ++tries) {
      const std::uint32_t base = place - first_byte;
      const bool fits = std::all_of(children_.begin(), children_.end(), [&](const Pending& child) {
        return base + child.node >= places_.size() || is_free_[base + child.node];
      });
      if (fits) return base;
    }
    return static_cast<std::uint32_t>(places_.size());
  }

  void Grow(std::size_t size) {
    while (places_.size() < size) {
      const auto place = static_cast<std::uint32_t>(places_.size());
      places_.emplace_back();
      is_free_.push_back(true);
      next_.push_back(place + 1);
      previous_.push_back(place == 0 ? 0 : last_free_);
      if (place != 0) next_[last_free_] = place;
      last_free_ = place;
    }
  }

  // Removes the place from the list of free places. Place 0, the root, stays as the list's head.
  void Take(std::uint32_t place) {
    is_free_[place] = false;
    if (place == 0) return;
    next_[previous_[place]] = next_[place];
    if (next_[place] < places_.size()) {
      previous_[next_[place]] = previous_[place];
    } else {
      last_free_ = previous_[place];
    }
  }

  std::vector<ByteTrie::Place>& places_;
  std::vector<Pending> children_;
  std::vector<bool> is_free_;
  std::vector<std::uint32_t> next_;      // the free place after this one; the number of places after the last
  std::vector<std::uint32_t> previous_;  // the free place before this one
  std::uint32_t last_free_ = 0;
};

ByteTrie::ByteTrie(std::vector<Key> keys) {
  std::stable_sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) { return a.first < b.first; });
  // Keeps the last of equal keys: unique() keeps the first one, so it runs backwards.
  const auto kept =
      std::unique(keys.rbegin(), keys.rend(), [](const Key& a, const Key& b) { return a.first == b.first; });
  keys.erase(keys.begin(), kept.base());
  ByteTrieBuilder(places_).Build(keys);
  places_.shrink_to_fit();
}

ByteTrie::Node ByteTrie::Find(std::string_view bytes) const {
  Node node = kRoot;
  for (const char byte : bytes) {
    const Node child = places_[node].base + static_cast<unsigned char>(byte);
    if (places_[child].parent != node) return kNoNode;
    node = child;
  }
  return node;
}

std::int32_t ByteTrie::ValueOf(std::string_view key) const {
  const Node node = Find(key);
  return node == kNoNode ? kNoValue : places_[node].value;
}

}  // namespace valence::internal
