// BERT's normalizer on a whole string, one pass for each rule.
#include "tokenizer/bert_normalizer.h"

#include <algorithm>

#include "unicode/properties.h"
#include "unicode/utf8.h"

namespace valence::internal {
namespace {

bool Has(char32_t c, Traits trait) { return (TraitTable::Get()[c] & trait) != 0; }

// Removes control characters, then turns all white space into spaces. In this order: U+000B and U+0085 are both, and
// are removed without splitting a word.
void CleanText(std::u32string& text) {
  std::erase_if(text, [](char32_t c) { return Has(c, kIsDropped); });
  std::replace_if(
      text.begin(), text.end(), [](char32_t c) { return Has(c, kIsWhiteSpace); }, U' ');
}

void SetChineseCharactersApart(std::u32string& text) {
  std::u32string result;
  for (const char32_t c : text) {
    if (Has(c, kIsCjk)) {
      result += {U' ', c, U' '};
    } else {
      result += c;
    }
  }
  text = std::move(result);
}

// Normalization form D: decomposes, then sorts every run of marks by combining class, with a stable sort.
void DecomposeCanonically(std::u32string& text) {
  std::u32string result;
  for (const char32_t c : text) result += Decompose(c);
  for (auto begin = result.begin(); begin != result.end();) {
    begin = std::find_if(begin, result.end(), [](char32_t c) { return CombiningClass(c) != 0; });
    const auto end = std::find_if(begin, result.end(), [](char32_t c) { return CombiningClass(c) == 0; });
    std::stable_sort(begin, end, [](char32_t a, char32_t b) { return CombiningClass(a) < CombiningClass(b); });
    begin = end;
  }
  text = std::move(result);
}

void StripAccents(std::u32string& text) {
  DecomposeCanonically(text);
  std::erase_if(text, [](char32_t c) { return Has(c, kIsNonspacingMark); });
}

void LowercaseAll(std::u32string& text) {
  std::u32string result;
  for (const char32_t c : text) result += Lowercase(c);
  text = std::move(result);
}

}  // namespace

std::string Normalize(const NormalizerOptions& options, std::string_view utf8) {
  std::u32string text;
  ForEachCodePoint(utf8, [&](char32_t c) { text += c; });
  if (options.clean_text) CleanText(text);
  if (options.handle_chinese_chars) SetChineseCharactersApart(text);
  if (options.strip_accents) StripAccents(text);
  if (options.lowercase) LowercaseAll(text);
  std::string result;
  for (const char32_t c : text) AppendUtf8(c, result);
  return result;
}

}  // namespace valence::internal
