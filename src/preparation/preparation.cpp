// Preparation of a text: docs/text-preparation.md has the rules.
#include <utility>

#include "preparation/addresses.h"
#include "preparation/compounds.h"
#include "preparation/phone_numbers.h"
#include "preparation/stop_words.h"
#include "unicode/properties.h"
#include "unicode/utf8.h"
#include "valence/text_preparation.h"

namespace valence {
namespace {

using namespace internal;

// Reads the text once: compounds whole, what is between them one character at a time.
class Preparer {
 public:
  Preparer(std::string_view text, const TextPreparation& preparation)
      : at_(text.data()), end_(at_ + text.size()), preparation_(preparation) {}

  std::string Prepare() {
    out_.reserve(static_cast<std::size_t>(end_ - at_));
    while (at_ != end_) {
      const char* compound_end = nullptr;
      if (const char* const removed_end = RemovedEnd(compound_end)) {
        Remove(removed_end);
      } else {
        Copy(compound_end);
      }
    }
    return std::move(out_);
  }

 private:
  // The end of what is to be removed here, or null; also the end of the compound that begins here, or null.
  const char* RemovedEnd(const char*& compound_end) const {
    const char* found = preparation_.strip_urls ? SchemeUrlEnd(at_, end_) : nullptr;
    if (found != nullptr) return found;
    const bool in_word = IsWordCode(before_);
    const char c = *at_;
    if (IsWordCode(DecodeUtf8(at_, end_).code_point)) {
      compound_end = CompoundEnd(at_, end_);
      return in_word ? nullptr : RemovedCompoundEnd(compound_end);
    }
    if (in_word) return nullptr;
    if (c == '@' && preparation_.strip_user_names) return UserNameEnd(at_, end_);
    if ((c == '+' || c == '(') && preparation_.strip_phone_numbers) return PhoneNumberEnd(at_, end_);
    return preparation_.remove_stop_words ? CliticEnd() : nullptr;
  }

  const char* RemovedCompoundEnd(const char* compound_end) const {
    const char* found = nullptr;
    if (preparation_.strip_email_addresses) found = EmailAddressEnd(compound_end, end_);
    if (found == nullptr && preparation_.strip_urls && before_ != U'@') found = HostUrlEnd(at_, compound_end, end_);
    if (found == nullptr && preparation_.strip_phone_numbers && MayPrecedePhoneNumber(before_)) {
      found = PhoneNumberEnd(at_, end_);
    }
    if (found == nullptr && preparation_.remove_stop_words && IsStopWord(FoldedTo(at_, compound_end)) &&
        !IsPartOfAddress(before_) &&
        (compound_end == end_ || !IsPartOfAddress(static_cast<unsigned char>(*compound_end)))) {
      found = compound_end;
    }
    return found;
  }

  // Of the "'s" in "it 's".
  const char* CliticEnd() const {
    const DecodedCodePoint quote = DecodeUtf8(at_, end_);
    const char* const word = at_ + quote.length;
    if ((quote.code_point != U'\'' && quote.code_point != 0x2019) || !WordAt(word, end_)) return nullptr;
    const char* const word_end = CompoundEnd(word, end_);
    return IsClitic(FoldedTo(word, word_end)) ? word_end : nullptr;
  }

  static FoldedWord FoldedTo(const char* begin, const char* end) {
    return {std::string_view(begin, static_cast<std::size_t>(end - begin)), kLongestStopWord};
  }

  // A word next to one of these is a tag, or a part of a path or of alternatives: "#the", "/is/", "and/or".
  static bool IsPartOfAddress(char32_t c) {
    return c < 0x80 && std::string_view("@#/\\=&").find(static_cast<char>(c)) != std::string_view::npos;
  }

  void Remove(const char* removed_end) {
    if (!out_.empty() && (TraitTable::Get()[before_] & kIsWhiteSpace) == 0) out_ += ' ';
    before_ = U' ';
    at_ = removed_end;
  }

  // Copies the compound; if there is none, a single code point.
  void Copy(const char* compound_end) {
    do {
      const DecodedCodePoint decoded = DecodeUtf8(at_, end_);
      before_ = decoded.code_point;
      const bool changes = preparation_.lower_case && (TraitTable::Get()[before_] & kHasLowercase) != 0;
      if (changes) {
        const ShortString lower = Lowercase(before_);
        for (const char32_t c : std::u32string_view(lower)) AppendUtf8(c, out_);
      } else {
        out_.append(at_, decoded.length);
      }
      at_ += decoded.length;
    } while (at_ < compound_end);
  }

  const char* at_;
  const char* const end_;
  const TextPreparation preparation_;
  char32_t before_ = U' ';  // the last one copied; a space at the beginning and after something was removed
  std::string out_;
};

}  // namespace

std::string prepare(std::string_view text, const TextPreparation& preparation) {
  return Preparer(text, preparation).Prepare();
}

}  // namespace valence
