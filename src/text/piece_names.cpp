// From an id to its piece.
#include "text/piece_names.h"

#include <algorithm>

namespace valence::internal {

PieceNames::PieceNames(const TokenizerSpec& spec) {
  names_.reserve(spec.vocab.size() + spec.added_tokens.size());
  // The last of equals counts below, so they are listed from the least important on.
  for (const auto& [piece, id] : spec.vocab) names_.emplace_back(id, piece);
  for (const AddedToken& token : spec.added_tokens) names_.emplace_back(token.id, token.content);
  std::stable_sort(names_.begin(), names_.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  const auto kept =
      std::unique(names_.rbegin(), names_.rend(), [](const auto& a, const auto& b) { return a.first == b.first; });
  names_.erase(names_.begin(), kept.base());
}

std::string_view PieceNames::operator[](std::int32_t id) const {
  const auto found = std::lower_bound(names_.begin(), names_.end(), id,
                                      [](const auto& name, std::int32_t value) { return name.first < value; });
  return found == names_.end() || found->first != id ? std::string_view() : std::string_view(found->second);
}

std::size_t PieceNames::vocab_size() const {
  return names_.empty() ? 0 : static_cast<std::size_t>(names_.back().first) + 1;
}

}  // namespace valence::internal
