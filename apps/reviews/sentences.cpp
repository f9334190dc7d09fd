// A text cut into sentences by plain rules.
#include "sentences.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstddef>
#include <string>

#include "common/text.h"

namespace reviews {
namespace {

using common::kWhiteSpace;
using common::Trimmed;

constexpr std::string_view kEnds = ".!?";
constexpr std::size_t kFewestWords = 3;
constexpr std::array<std::string_view, 9> kAbbreviations = {"mr", "mrs", "ms", "dr", "prof", "st", "jr", "sr", "vs"};

bool IsLetter(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; }
bool IsSmallLetter(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }

// Whether the full stop at `at` belongs to the word before it.
bool IsAbbreviation(std::string_view text, std::size_t at) {
  std::size_t begin = at;
  while (begin > 0 && IsLetter(text[begin - 1])) --begin;
  if (at - begin == 1) return begin == 0 || text[begin - 1] != '\'';  // "it's." ends a sentence
  std::string word(text.substr(begin, at - begin));
  for (char& c : word) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

// The first byte behind closing quotes and brackets, of ASCII and of typography (U+2019, U+201D, U+00BB).
std::size_t SkipClosing(std::string_view text, std::size_t at) {
  constexpr std::array<std::string_view, 8> kClosing = {"\"",           "'",       ")", "]", "}", "\xe2\x80\x99",
                                                        "\xe2\x80\x9d", "\xc2\xbb"};
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view closing : kClosing) {
      if (text.substr(at, closing.size()) != closing) continue;
      at += closing.size();
      found = true;
    }
  }
  return at;
}

// The end of the sentence that begins at `begin`.
std::size_t SentenceEnd(std::string_view text, std::size_t begin) {
  for (std::size_t at = begin; at < text.size();) {
    if (text[at] == '\n') return at;
    if (kEnds.find(text[at]) == std::string_view::npos) {
      ++at;
      continue;
    }
    const std::size_t marks_end = std::min(text.find_first_not_of(kEnds, at), text.size());
    const std::string_view marks = text.substr(at, marks_end - at);
    const std::size_t end = SkipClosing(text, marks_end);
    const std::size_t next = std::min(text.find_first_not_of(" \t", end), text.size());
    const bool before_space = end == text.size() || kWhiteSpace.find(text[end]) != std::string_view::npos;
    const bool only_dots = marks.find_first_not_of('.') == std::string_view::npos;
    const bool goes_on =
        only_dots && (marks.size() == 1 ? IsAbbreviation(text, at) : next < text.size() && IsSmallLetter(text[next]));
    if (before_space && !goes_on) return end;
    at = end;
  }
  return text.size();
}

std::size_t CountWords(std::string_view text) {
  std::size_t words = 0;
  bool in_word = false;
  for (const char c : text) {
    const bool is_space = kWhiteSpace.find(c) != std::string_view::npos;
    if (!is_space && !in_word && (IsLetter(c) || static_cast<unsigned char>(c) >= 0x80)) {
      ++words;
      in_word = true;
    }
    if (is_space) in_word = false;
  }
  return words;
}

}  // namespace

std::vector<std::string_view> SplitSentences(std::string_view text) {
  std::vector<std::string_view> sentences;
  const char* begin = nullptr;  // of the sentence, which may have taken in short ones
  std::size_t words = 0;        // in it so far
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = SentenceEnd(text, at);
    const std::string_view piece = Trimmed(text.substr(at, end - at));
    at = end;
    if (end < text.size()) ++at;  // the white space behind it
    if (piece.empty()) continue;
    if (begin == nullptr) begin = piece.data();
    words += CountWords(piece);
    const bool is_last = Trimmed(text.substr(at)).empty();
    if (words < kFewestWords && !is_last) continue;
    if (words < kFewestWords && !sentences.empty()) {
      begin = sentences.back().data();
      sentences.pop_back();
    }
    sentences.emplace_back(begin, static_cast<std::size_t>(piece.data() + piece.size() - begin));
    begin = nullptr;
    words = 0;
  }
  return sentences;
}

}  // namespace reviews
