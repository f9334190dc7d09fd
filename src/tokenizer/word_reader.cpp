// Reads a raw text word by word.
#include "tokenizer/word_reader.h"

#include <algorithm>
#include <utility>

#include "unicode/utf8.h"

namespace valence::internal {
namespace {

// Plain bytes are appended in portions of this size.
constexpr std::size_t kPortion = 256;

}  // namespace

WordReaderTables::WordReaderTables(const NormalizerOptions& options, const AddedTokens& added_tokens,
                                   std::size_t max_word_length)
    : options_(options),
      added_tokens_(added_tokens),
      traits_(TraitTable::Get()),
      matters_(kIsWhiteSpace | kIsPunctuation),
      max_word_bytes_(max_word_length < SIZE_MAX / 8 ? kMaxUtf8Length * (max_word_length + 1) : SIZE_MAX / 2),
      plain_{} {
  if (options.clean_text) matters_ |= kIsDropped;
  if (options.handle_chinese_chars) matters_ |= kIsCjk;
  if (options.strip_accents) matters_ |= kIsNonspacingMark | kDecomposes | kIsReordered;
  if (options.lowercase) matters_ |= kHasLowercase;
  for (unsigned char byte = 1; byte < 0x80; ++byte) {
    if (added_tokens.MayStartWith(static_cast<char>(byte))) continue;
    if ((traits_[byte] & matters_ & ~kHasLowercase) != 0) continue;
    plain_[byte] = static_cast<char>(options.lowercase ? Lowercase(byte).code_points[0] : byte);
  }
}

WordReader::WordReader(const WordReaderTables& tables, std::string_view text, WordReaderScratch& scratch)
    : tables_(tables),
      scratch_(scratch),
      begin_(text.data()),
      end_(begin_ + text.size()),
      at_(begin_),
      no_token_before_(begin_) {
  // A call that ran out of memory may have left something in it.
  scratch_.normalized.clear();
  scratch_.marks.clear();
}

bool WordReader::Next() {
  word_size_ = 0;
  is_added_token_ = false;
  for (;;) {
    if (TakeNormalized()) return true;
    TakePlainBytes();
    if (at_ == end_) return word_size_ != 0;
    if (*at_ == ' ' && !tables_.added_tokens_.MayStartWith(' ')) {
      ++at_;
      if (word_size_ != 0) return true;
    } else if (TakeAddedToken()) {
      return true;
    } else {
      TakeCodePoint();
    }
  }
}

// Moves normalized code points into the word; returns true at the end of the word.
bool WordReader::TakeNormalized() {
  const std::u32string& normalized = scratch_.normalized;
  while (normalized_at_ < normalized.size()) {
    const char32_t c = normalized[normalized_at_];
    const Traits traits = tables_.traits_[c];
    const bool ends_word = (traits & (kIsWhiteSpace | kIsPunctuation)) != 0;
    if (ends_word && word_size_ != 0) return true;
    ++normalized_at_;
    if ((traits & kIsWhiteSpace) != 0) continue;
    AppendToWord(c);
    if (ends_word) return true;
  }
  scratch_.normalized.clear();
  normalized_at_ = 0;
  return false;
}

void WordReader::TakePlainBytes() {
  for (;;) {
    MakeRoom(kPortion);
    char* const out = scratch_.word.data() + word_size_;
    const std::size_t available = std::min(kPortion, static_cast<std::size_t>(end_ - at_));
    std::size_t taken = 0;
    for (; taken < available; ++taken) {
      const char plain = tables_.plain_[static_cast<unsigned char>(at_[taken])];
      if (plain == 0) break;
      out[taken] = plain;
    }
    at_ += taken;
    word_size_ += taken;
    if (taken < kPortion) return;
  }
}

// Reads the added token at at_ and returns true. If there is a word before it, returns true without reading it.
bool WordReader::TakeAddedToken() {
  const AddedTokens::Match match = AddedTokenHere();
  if (match.length == 0) return false;
  if (word_size_ != 0) return true;
  at_ += match.length;
  is_added_token_ = true;
  added_id_ = match.id;
  return true;
}

AddedTokens::Match WordReader::AddedTokenHere() {
  if (at_ < no_token_before_ || !tables_.added_tokens_.MayStartWith(*at_)) return {};
  const AddedTokens::Match match = tables_.added_tokens_.MatchAt(begin_, at_, end_);
  if (match.length == 0 || match.counts) return match;
  no_token_before_ = at_ + match.length;
  return {};
}

void WordReader::TakeCodePoint() {
  const DecodedCodePoint decoded = DecodeUtf8(at_, end_);
  const Traits traits = tables_.traits_[decoded.code_point];
  at_ += decoded.length;
  if ((traits & tables_.matters_) == 0) {
    AppendToWord(decoded.code_point);
  } else {
    Expand(decoded.code_point, traits);
  }
}

// Appends the normalized code point to scratch_.normalized, with the marks after it if their order may change.
void WordReader::Expand(char32_t c, Traits traits) {
  const NormalizerOptions& options = tables_.options_;
  std::u32string& normalized = scratch_.normalized;
  if (options.clean_text && (traits & kIsDropped) != 0) return;
  if ((traits & kIsWhiteSpace) != 0) {
    normalized += U' ';
    return;
  }
  const bool is_apart = options.handle_chinese_chars && (traits & kIsCjk) != 0;
  if (is_apart) normalized += U' ';
  const ShortString parts = options.strip_accents ? Decompose(c) : ShortString{{c}, 1};
  for (const char32_t part : std::u32string_view(parts)) {
    const Traits part_traits = tables_.traits_[part];
    if (options.strip_accents && (part_traits & kIsNonspacingMark) != 0) continue;
    if (options.strip_accents && (part_traits & kIsReordered) != 0) {
      scratch_.marks.push_back({CombiningClass(part), scratch_.marks.size(), part});
    } else {
      AppendNormalized(part);
    }
  }
  if (!scratch_.marks.empty()) TakeRestOfMarks();
  if (is_apart) normalized += U' ';
}

// Canonical ordering sorts a run of marks by combining class. Nonspacing marks may be dropped before sorting, because
// the sort is stable.
void WordReader::TakeRestOfMarks() {
  auto& marks = scratch_.marks;
  while (at_ != end_ && AddedTokenHere().length == 0) {
    const DecodedCodePoint decoded = DecodeUtf8(at_, end_);
    const bool is_dropped = tables_.options_.clean_text && (tables_.traits_[decoded.code_point] & kIsDropped) != 0;
    if (!is_dropped) {
      const ShortString parts = Decompose(decoded.code_point);
      if (CombiningClass(parts.code_points[0]) == 0) break;
      for (const char32_t part : std::u32string_view(parts)) {
        if ((tables_.traits_[part] & kIsNonspacingMark) != 0) continue;
        // They all belong to one word, and more than a word may have are not needed.
        if (marks.size() < tables_.max_word_bytes_) marks.push_back({CombiningClass(part), marks.size(), part});
      }
    }
    at_ += decoded.length;
  }
  // Not stable_sort, which allocates.
  std::sort(marks.begin(), marks.end(), [](const auto& a, const auto& b) {
    return std::pair(a.combining_class, a.position) < std::pair(b.combining_class, b.position);
  });
  for (const WordReaderScratch::Mark& mark : marks) AppendNormalized(mark.code_point);
  marks.clear();
}

// Applies the last rule, lower case.
void WordReader::AppendNormalized(char32_t c) {
  if (tables_.options_.lowercase) {
    scratch_.normalized += Lowercase(c);
  } else {
    scratch_.normalized += c;
  }
}

void WordReader::AppendToWord(char32_t c) {
  MakeRoom(kMaxUtf8Length);
  word_size_ += EncodeUtf8(c, scratch_.word.data() + word_size_);
}

// Makes room for more bytes of the word. Of a word that is too long only as much is kept as shows that.
void WordReader::MakeRoom(std::size_t bytes) {
  word_size_ = std::min(word_size_, tables_.max_word_bytes_);
  if (scratch_.word.size() < word_size_ + bytes) scratch_.word.resize(2 * (word_size_ + bytes));
}

}  // namespace valence::internal
