// From an id to its piece.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "files/tokenizer_spec.h"

namespace valence::internal {

class PieceNames {
 public:
  // Of two pieces with the same id the later one counts, and an added token before any other.
  explicit PieceNames(const TokenizerSpec& spec);

  // Empty for an id without a piece.
  std::string_view operator[](std::int32_t id) const;

  // One more than the largest id.
  std::size_t vocab_size() const;

 private:
  // A piece is characters_[begin, begin + size).
  struct Name {
    std::int32_t id;
    std::uint32_t size;
    std::size_t begin;
  };
  void Add(std::int32_t id, std::string_view piece);

  std::string characters_;
  std::vector<Name> names_;  // sorted by id, which need not be dense
};

}  // namespace valence::internal
