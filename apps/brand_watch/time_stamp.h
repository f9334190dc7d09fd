// Time stamps of posts.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace brand_watch {

// Seconds since 1970-01-01T00:00:00Z, fractions of a second dropped. Reads
//   - ISO 8601, extended format: 2026-11-23T21:48:18, a space or a small t instead of the T, seconds and their fraction
//     optional, then Z, +01:00, +0100, +01 or nothing, which means UTC;
//   - Unix seconds: 1795470498, with or without a fraction.
// Throws std::invalid_argument saying what was found, also for a time before 1970 or more than a day after `now`: no
// post can come from there, but milliseconds taken for seconds can.
std::int64_t ParseTimeStamp(std::string_view text, std::int64_t now);

// "2026-11-23T21:48:18Z"
std::string FormatTimeStamp(std::int64_t seconds);

}  // namespace brand_watch
