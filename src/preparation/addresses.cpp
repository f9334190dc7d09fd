// URLs, e-mail addresses and user names in a text.
#include "preparation/addresses.h"

#include <algorithm>
#include <string_view>

#include "preparation/compounds.h"
#include "unicode/properties.h"
#include "unicode/utf8.h"

namespace valence::internal {
namespace {

// A host without "http://" or "www." must end in one of these. Those that are also English words ("it", "no", "is",
// "in", "us") are left out.
constexpr std::string_view kTopLevelDomains[] = {"ai",  "app",  "au",  "be", "biz", "ca", "ch", "cn", "co",  "com",
                                                 "de",  "dev",  "edu", "es", "eu",  "fm", "fr", "gd", "gg",  "gl",
                                                 "gov", "info", "int", "io", "jp",  "kr", "ly", "me", "mil", "net",
                                                 "nl",  "nz",   "org", "pl", "ru",  "se", "tv", "uk"};
constexpr std::size_t kLongestTopLevelDomain = 4;

// Whether the character ends a URL.
bool EndsUrl(char32_t c) {
  if (c < 0x21) return true;
  if (c < 0x80) return std::string_view("\"<>\\^`{|}\x7f").find(static_cast<char>(c)) != std::string_view::npos;
  return c == kReplacement || c == 0xab || c == 0xbb || (c >= 0x2018 && c <= 0x201f) || (c >= 0x3000 && c <= 0x303f) ||
         (TraitTable::Get()[c] & kIsWhiteSpace) != 0;
}

// The end of a URL that has been read up to `at`. Punctuation at the end is not part of the URL, nor is a closing
// bracket without an opening one in the URL.
const char* UrlEnd(const char* at, const char* end) {
  const char* last = at;
  int parentheses = 0, brackets = 0;
  while (at != end) {
    const DecodedCodePoint decoded = DecodeUtf8(at, end);
    const char32_t c = decoded.code_point;
    if (EndsUrl(c)) break;
    at += decoded.length;
    bool belongs = c != 0x2026;  // the ellipsis
    if (c < 0x80) belongs = std::string_view(".,;:!?'*)]").find(static_cast<char>(c)) == std::string_view::npos;
    if (c == U'(') ++parentheses;
    if (c == U'[') ++brackets;
    if (c == U')') belongs = parentheses-- > 0;
    if (c == U']') belongs = brackets-- > 0;
    if (belongs) last = at;
  }
  return last;
}

}  // namespace

const char* SchemeUrlEnd(const char* at, const char* end) {
  const std::size_t scheme = SchemeLength(at, end);
  const char* const host = at + scheme;
  if (scheme == 0 || host == end || !IsWordCode(DecodeUtf8(host, end).code_point)) return nullptr;
  return UrlEnd(host, end);
}

const char* HostUrlEnd(const char* at, const char* compound_end, const char* end) {
  const std::string_view host(at, static_cast<std::size_t>(compound_end - at));
  constexpr std::string_view kWww = "www.";
  if (BeginsWith(host, kWww)) return UrlEnd(at + kWww.size(), end);
  if (compound_end == end || *compound_end != '/') return nullptr;
  const std::size_t dot = host.rfind('.');
  if (dot == std::string_view::npos) return nullptr;
  const FoldedWord domain(host.substr(dot + 1), kLongestTopLevelDomain);
  const bool is_known = std::find(std::begin(kTopLevelDomains), std::end(kTopLevelDomains), std::string_view(domain)) !=
                        std::end(kTopLevelDomains);
  return is_known ? UrlEnd(compound_end + 1, end) : nullptr;
}

const char* EmailAddressEnd(const char* compound_end, const char* end) {
  if (compound_end == end || *compound_end != '@') return nullptr;
  const char* found = nullptr;
  const char* at = compound_end + 1;
  for (int label = 1; WordAt(at, end); ++label) {
    const bool begins_with_digit = *at >= '0' && *at <= '9';
    const char* label_end = at;  // without the "-" at its end
    while (at != end && (*at == '-' || WordAt(at, end))) {
      const bool is_hyphen = *at == '-';
      at += DecodeUtf8(at, end).length;
      if (!is_hyphen) label_end = at;
    }
    if (label > 1 && !begins_with_digit) found = label_end;
    if (at == end || *at != '.') break;
    ++at;
  }
  return found;
}

const char* UserNameEnd(const char* at, const char* end) {
  const char* found = nullptr;
  // "@name", "@first.last", "@name@server.example"
  while (at != end && (*at == '@' || (*at == '.' && found != nullptr)) && WordAt(at + 1, end)) {
    ++at;
    while (WordAt(at, end)) at += DecodeUtf8(at, end).length;
    found = at;
  }
  return found;
}

}  // namespace valence::internal
