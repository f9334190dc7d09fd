// Time stamps of posts.
#include "time_stamp.h"

#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <optional>
#include <stdexcept>

namespace brand_watch {
namespace {

constexpr std::int64_t kDay = 86400;
constexpr std::size_t kLongestShown = 40;  // bytes of what was found

// Reads a text from the left.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }

  // One of the characters, which it steps over.
  bool Take(std::string_view characters) {
    if (rest_.empty() || characters.find(rest_.front()) == std::string_view::npos) return false;
    rest_.remove_prefix(1);
    return true;
  }

  // That many digits as a number in the range.
  bool TakeNumber(std::size_t digits, int low, int high, int& number) {
    if (rest_.size() < digits) return false;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + digits, number);
    if (error != std::errc() || end != rest_.data() + digits || rest_.front() == '-') return false;
    rest_.remove_prefix(digits);
    return number >= low && number <= high;
  }

  // One digit or more.
  bool SkipDigits() {
    bool any = false;
    while (Take("0123456789")) any = true;
    return any;
  }

 private:
  std::string_view rest_;
};

// "Z", "+01:00", "+0100", "+01" or nothing, as seconds east of UTC.
bool TakeOffset(Scanner& scanner, int& offset) {
  offset = 0;
  if (scanner.AtEnd() || scanner.Take("Zz")) return true;
  const bool east = scanner.Take("+");
  if (!east && !scanner.Take("-")) return false;
  int hours = 0;
  int minutes = 0;
  if (!scanner.TakeNumber(2, 0, 23, hours)) return false;
  const bool colon = scanner.Take(":");
  if ((colon || !scanner.AtEnd()) && !scanner.TakeNumber(2, 0, 59, minutes)) return false;
  offset = (east ? 1 : -1) * (hours * 3600 + minutes * 60);
  return true;
}

std::optional<std::int64_t> ParseIso8601(std::string_view text) {
  Scanner scanner(text);
  int year = 0;
  int month = 0;
  int day = 0;
  int hour = 0;
  int minute = 0;
  int second = 0;
  int offset = 0;
  if (!scanner.TakeNumber(4, 0, 9999, year) || !scanner.Take("-") || !scanner.TakeNumber(2, 1, 12, month) ||
      !scanner.Take("-") || !scanner.TakeNumber(2, 1, 31, day) || !scanner.Take("Tt ") ||
      !scanner.TakeNumber(2, 0, 23, hour) || !scanner.Take(":") || !scanner.TakeNumber(2, 0, 59, minute)) {
    return std::nullopt;
  }
  if (scanner.Take(":")) {
    if (!scanner.TakeNumber(2, 0, 60, second)) return std::nullopt;  // 60: a leap second
    if (scanner.Take(".,") && !scanner.SkipDigits()) return std::nullopt;
  }
  if (!TakeOffset(scanner, offset) || !scanner.AtEnd()) return std::nullopt;
  const auto date = std::chrono::year(year) / month / day;
  if (!date.ok()) return std::nullopt;  // 30 February
  const auto days = std::chrono::sys_days(date).time_since_epoch().count();
  return days * kDay + hour * 3600 + minute * 60 + second - offset;
}

std::optional<std::int64_t> ParseUnixSeconds(std::string_view text) {
  double seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  // Up to 2^53 a double holds every whole second.
  if (error != std::errc() || end != text.data() + text.size() || !(std::abs(seconds) < 9e15)) return std::nullopt;
  return static_cast<std::int64_t>(std::floor(seconds));
}

}  // namespace

std::int64_t ParseTimeStamp(std::string_view text, std::int64_t now) {
  auto seconds = ParseUnixSeconds(text);
  if (!seconds) seconds = ParseIso8601(text);
  const std::string found = "found \"" + std::string(text.substr(0, kLongestShown)) + "\"";
  if (!seconds) throw std::invalid_argument("expected a time as 2026-11-23T21:48:18Z or in Unix seconds, " + found);
  if (*seconds < 0) throw std::invalid_argument("expected a time since 1970, " + found);
  if (*seconds > now + kDay) {
    throw std::invalid_argument("expected a time that is not in the future (in seconds, not milliseconds), " + found);
  }
  return *seconds;
}

std::string FormatTimeStamp(std::int64_t seconds) {
  const auto time = std::chrono::sys_seconds(std::chrono::seconds(seconds));
  const auto midnight = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(midnight);
  const std::chrono::hh_mm_ss clock(time - midnight);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02u-%02uT%02d:%02d:%02dZ", static_cast<int>(date.year()),
                static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
                static_cast<int>(clock.seconds().count()));
  return text;
}

}  // namespace brand_watch
