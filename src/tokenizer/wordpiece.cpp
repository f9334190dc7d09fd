// WordPiece: turns a word into the ids of its pieces.
#include "tokenizer/wordpiece.h"

#include <string>
#include <utility>

#include "unicode/utf8.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

bool IsWellFormed(std::string_view text) {
  const char* const end = text.data() + text.size();
  for (const char* p = text.data(); p != end;) {
    const DecodedCodePoint decoded = DecodeUtf8(p, end);
    // U+FFFD takes three bytes, like some of the ill-formed sequences that it replaces.
    if (decoded.code_point == kReplacement && std::string_view(p, decoded.length) != "\xef\xbf\xbd") return false;
    p += decoded.length;
  }
  return true;
}

ByteTrie PiecesOf(const TokenizerSpec& spec) {
  std::vector<std::pair<std::string_view, std::int32_t>> keys;
  keys.reserve(spec.vocab.size());
  for (std::size_t i = 0; i < spec.vocab.size(); ++i) {
    const auto& [piece, id] = spec.vocab[i];
    if (id < 0) {
      throw Error(ErrorCode::kInvalidTokenizer, "vocabulary: expected ids of 0 or more, found " + std::to_string(id) +
                                                    " at entry " + std::to_string(i));
    }
    if (!IsWellFormed(piece)) {
      throw Error(ErrorCode::kInvalidTokenizer, "vocabulary: the piece of id " + std::to_string(id) + " is not UTF-8");
    }
    keys.emplace_back(piece, id);
  }
  return ByteTrie(std::move(keys));
}

}  // namespace

WordPiece::WordPiece(const TokenizerSpec& spec)
    : pieces_(PiecesOf(spec)),
      continuation_(pieces_.Find(spec.continuing_subword_prefix)),
      max_word_length_(spec.max_input_chars_per_word),
      unknown_id_(pieces_.ValueOf(spec.unk_token)) {
  if (unknown_id_ == ByteTrie::kNoValue) {
    throw Error(ErrorCode::kInvalidTokenizer, "vocabulary: the unknown token \"" + spec.unk_token.substr(0, 100) +
                                                  "\" is not among its " + std::to_string(spec.vocab.size()) +
                                                  " pieces");
  }
}

void WordPiece::Append(std::string_view word, std::vector<std::int32_t>& ids) const {
  // Counts only words of many bytes: a word never has more code points than bytes.
  if (word.size() > max_word_length_ && CountCodePoints(word) > max_word_length_) {
    ids.push_back(unknown_id_);
    return;
  }
  const std::size_t ids_before = ids.size();
  const char* const end = word.data() + word.size();
  ByteTrie::Node from = ByteTrie::kRoot;
  for (const char* p = word.data(); p != end;) {
    const ByteTrie::Match piece = from == ByteTrie::kNoNode ? ByteTrie::Match{} : pieces_.LongestPrefix(from, p, end);
    if (piece.length == 0) {
      ids.resize(ids_before);
      ids.push_back(unknown_id_);
      return;
    }
    ids.push_back(piece.value);
    p += piece.length;
    from = continuation_;
  }
}

}  // namespace valence::internal
