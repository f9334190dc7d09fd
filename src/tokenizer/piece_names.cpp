// From an id to its piece.
#include "tokenizer/piece_names.h"

#include <algorithm>

namespace valence::internal {

PieceNames::PieceNames(const TokenizerSpec& spec) {
  names_.reserve(spec.vocab.size() + spec.added_tokens.size());
  // Below, the last of equal ids counts, so the least important come first.
  for (const auto& [piece, id] : spec.vocab) Add(id, piece);
  for (const AddedToken& token : spec.added_tokens) Add(token.id, token.content);
  std::stable_sort(names_.begin(), names_.end(), [](const Name& a, const Name& b) { return a.id < b.id; });
  const auto kept =
      std::unique(names_.rbegin(), names_.rend(), [](const Name& a, const Name& b) { return a.id == b.id; });
  names_.erase(names_.begin(), kept.base());
}

void PieceNames::Add(std::int32_t id, std::string_view piece) {
  names_.push_back({id, static_cast<std::uint32_t>(piece.size()), characters_.size()});
  characters_ += piece;
}

std::string_view PieceNames::operator[](std::int32_t id) const {
  const auto found = std::lower_bound(names_.begin(), names_.end(), id,
                                      [](const Name& name, std::int32_t value) { return name.id < value; });
  if (found == names_.end() || found->id != id) return {};
  return std::string_view(characters_).substr(found->begin, found->size);
}

std::size_t PieceNames::vocab_size() const {
  return names_.empty() ? 0 : static_cast<std::size_t>(names_.back().id) + 1;
}

}  // namespace valence::internal
