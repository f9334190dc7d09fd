// The token ids of several texts laid end to end, without padding.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace valence::internal {

struct PackedBatch {
  std::vector<std::int32_t> ids;            // [tokens]
  std::vector<std::int32_t> positions;      // [tokens] place of each token in its text, from 0
  std::vector<std::int32_t> offsets = {0};  // [texts + 1] text i has the tokens [offsets[i], offsets[i + 1])

  std::int64_t tokens() const { return static_cast<std::int64_t>(ids.size()); }
  std::int64_t texts() const { return static_cast<std::int64_t>(offsets.size()) - 1; }

  void Append(std::span<const std::int32_t> text) {
    ids.insert(ids.end(), text.begin(), text.end());
    for (std::size_t i = 0; i < text.size(); ++i) positions.push_back(static_cast<std::int32_t>(i));
    offsets.push_back(static_cast<std::int32_t>(ids.size()));
  }

  void Clear() {
    ids.clear();
    positions.clear();
    offsets.assign(1, 0);
  }
};

}  // namespace valence::internal
