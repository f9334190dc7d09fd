// Added tokens, found literally in a text.
#include "tokenizer/added_tokens.h"

#include <utility>

#include "unicode/properties.h"
#include "unicode/utf8.h"

namespace valence::internal {
namespace {

bool IsWhiteSpace(char32_t c) { return (TraitTable::Get()[c] & kIsWhiteSpace) != 0; }

ByteTrie ContentsOf(const std::vector<AddedToken>& tokens) {
  std::vector<std::pair<std::string_view, std::int32_t>> keys;
  for (std::size_t i = 0; i < tokens.size(); ++i) keys.emplace_back(tokens[i].content, static_cast<std::int32_t>(i));
  return ByteTrie(std::move(keys));
}

// Whether a word character is directly before or after the match.
bool TouchesWord(const char* begin, const char* match, const char* match_end, const char* end) {
  return (match != begin && IsWordCharacter(CodePointBefore(begin, match))) ||
         (match_end != end && IsWordCharacter(DecodeUtf8(match_end, end).code_point));
}

}  // namespace

AddedTokens::AddedTokens(std::vector<AddedToken> tokens) : tokens_(std::move(tokens)), contents_(ContentsOf(tokens_)) {
  for (const AddedToken& token : tokens_) starts_[static_cast<unsigned char>(token.content.front())] = true;
}

const AddedToken* AddedTokens::LongestAt(const char* at, const char* end) const {
  if (!MayStartWith(*at)) return nullptr;
  const ByteTrie::Match match = contents_.LongestPrefix(ByteTrie::kRoot, at, end);
  return match.length == 0 ? nullptr : &tokens_[static_cast<std::size_t>(match.value)];
}

AddedTokens::Match AddedTokens::MatchAt(const char* begin, const char* at, const char* end) const {
  const AddedToken* const token = LongestAt(at, end);
  if (token == nullptr) return {};
  const std::size_t length = token->content.size();
  return {length, token->id, !token->single_word || !TouchesWord(begin, at, at + length, end)};
}

std::vector<AddedTokens::Part> AddedTokens::Split(std::string_view text) const {
  const char* const begin = text.data();
  const char* const end = begin + text.size();
  std::vector<Part> parts;
  const char* rest = begin;  // everything before it is in a part already
  const auto add_text_up_to = [&](const char* at) {
    if (rest < at) parts.push_back({std::string_view(rest, static_cast<std::size_t>(at - rest)), std::nullopt});
  };
  for (const char* at = begin; at != end;) {
    const AddedToken* const token = LongestAt(at, end);
    if (token == nullptr) {
      ++at;
      continue;
    }
    const char* part_begin = at;
    const char* part_end = at + token->content.size();
    at = part_end;
    if (token->single_word && TouchesWord(begin, part_begin, part_end, end)) continue;
    if (token->lstrip) {
      while (part_begin != begin && IsWhiteSpace(CodePointBefore(begin, part_begin))) {
        do --part_begin;
        while (IsUtf8Continuation(*part_begin));
      }
    }
    if (token->rstrip) {
      while (part_end != end && IsWhiteSpace(DecodeUtf8(part_end, end).code_point)) {
        part_end += DecodeUtf8(part_end, end).length;
      }
    }
    add_text_up_to(part_begin);
    parts.push_back({{}, token->id});
    rest = part_end;
  }
  add_text_up_to(end);
  return parts;
}

}  // namespace valence::internal
