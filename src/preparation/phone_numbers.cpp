// Phone numbers in a text, told from other numbers by their shape.
#include "preparation/phone_numbers.h"

#include <array>
#include <cstddef>
#include <string_view>

#include "preparation/compounds.h"

namespace valence::internal {
namespace {

constexpr std::size_t kMaxDigits = 15;  // ITU-T E.164

bool IsDigit(const char* at, const char* end) { return at != end && *at >= '0' && *at <= '9'; }

bool IsSeparator(char c) { return c == ' ' || c == '-' || c == '.'; }

// Consecutive digits, and what separates them from the group before.
struct Group {
  const char* begin;  // of its digits
  const char* end;    // after them and after the ")"
  std::size_t digits;
  char separator;  // 0: none
  bool in_parentheses;
};

// The groups from `at` on: at most as many as a phone number can have, and at most one in parentheses.
struct Groups {
  Groups(const char* at, const char* text_end) {
    std::size_t digits = 0;
    bool has_parentheses = false;
    for (char separator = 0; count < all.size(); ++count) {
      const bool opens = at != text_end && *at == '(' && !has_parentheses;
      const char* const begin = at + (opens ? 1 : 0);
      const char* end = begin;
      while (IsDigit(end, text_end) && digits <= kMaxDigits) ++end, ++digits;
      if (end == begin || digits > kMaxDigits) return;
      const auto size = static_cast<std::size_t>(end - begin);
      if (opens && (end == text_end || *end++ != ')')) return;
      has_parentheses = has_parentheses || opens;
      all[count] = {begin, end, size, separator, opens};
      at = end;
      separator = 0;
      if (at != text_end && IsSeparator(*at)) {
        separator = *at++;
      } else if (!opens && (at == text_end || *at != '(')) {
        ++count;
        return;
      }
    }
  }

  std::array<Group, kMaxDigits> all;
  std::size_t count = 0;
};

std::size_t Digits(const Groups& groups, std::size_t count) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < count; ++i) digits += groups.all[i].digits;
  return digits;
}

// "+", country code, then groups of two digits or more; one may be "(0)".
bool IsInternational(const Groups& groups, std::size_t count) {
  for (std::size_t i = 1; i < count; ++i) {
    if (groups.all[i].digits < 2 && !groups.all[i].in_parentheses) return false;
  }
  return Digits(groups, count) >= 7;
}

// 3-3-4, with or without a "1" before it; the area code begins with 2 to 9.
bool IsNorthAmerican(const Groups& groups, std::size_t count) {
  const bool has_one = count == 4 && groups.all[0].digits == 1 && *groups.all[0].begin == '1';
  if (count != (has_one ? 4u : 3u)) return false;
  const Group* const area = &groups.all[has_one ? 1 : 0];
  return area[0].digits == 3 && area[1].digits == 3 && area[2].digits == 4 && *area[0].begin >= '2' &&
         !area[1].in_parentheses && !area[2].in_parentheses;
}

// Begins with "0" and another digit; groups of two digits or more with one kind of separator, 9 to 11 digits in all;
// without separators 10 or 11.
bool IsNational(const Groups& groups, std::size_t count) {
  const Group& first = groups.all[0];
  if (first.digits < 2 || first.begin[0] != '0' || first.begin[1] == '0') return false;
  char separator = 0;
  for (std::size_t i = 1; i < count; ++i) {
    const Group& group = groups.all[i];
    if (group.digits < 2 || group.in_parentheses) return false;
    if (i == 1 && first.in_parentheses) continue;
    if (separator != 0 && group.separator != separator) return false;
    separator = group.separator;
  }
  const std::size_t digits = Digits(groups, count);
  return digits >= (count > 1 ? 9 : 10) && digits <= 11;
}

}  // namespace

const char* PhoneNumberEnd(const char* at, const char* end) {
  const bool has_plus = *at == '+';
  const Groups groups(at + (has_plus ? 1 : 0), end);
  for (std::size_t count = groups.count; count > 0; --count) {
    const bool fits =
        has_plus ? IsInternational(groups, count) : IsNorthAmerican(groups, count) || IsNational(groups, count);
    const Group& last = groups.all[count - 1];
    if (fits && !last.in_parentheses && EndsCompound(last.end, end)) return last.end;
  }
  return nullptr;
}

// False where the digits belong to an amount: "$1,000,000".
bool MayPrecedePhoneNumber(char32_t before) {
  return std::u32string_view(U",#$\u00a3\u00a5\u20ac").find(before) == std::u32string_view::npos;
}

}  // namespace valence::internal
