// Character encodings of inputs: everything becomes UTF-8.
#include "encoding.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <stdexcept>
#include <utility>

namespace common {
namespace {

using namespace std::string_view_literals;

// What an input may begin with, and what that is.
struct Beginning {
  std::string_view bytes;
  const char* format;  // of what is refused; nullptr for a byte order mark
  const char* remedy;  // the command that makes text of it
};
constexpr Beginning kBeginnings[] = {
    {"\x1f\x8b"sv, "gzip", "gzip -dc"},
    {"\x28\xb5\x2f\xfd"sv, "zstd", "zstd -dc"},
    {"\xfd"
     "7zXZ\0"sv,
     "xz", "xz -dc"},
    {"PK\x03\x04"sv, "zip", "unzip -p"},
    {"\xff\xfe\0\0"sv, "UTF-32", "iconv -f utf-32 -t utf-8"},
    {"\0\0\xfe\xff"sv, "UTF-32", "iconv -f utf-32 -t utf-8"},
    {"\xef\xbb\xbf"sv, nullptr, nullptr},
    {"\xff\xfe"sv, nullptr, nullptr},
    {"\xfe\xff"sv, nullptr, nullptr},
};

// Windows-1252 from 0x80 to 0x9f; the rest is Latin-1.
constexpr std::array<char16_t, 32> kWindows1252 = {0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021,
                                                   0x2c6,  0x2030, 0x160,  0x2039, 0x152,  0x8d,   0x17d,  0x8f,
                                                   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014,
                                                   0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};

void AppendUtf8(char32_t code_point, std::string& text) {
  const auto add = [&](char32_t bits) { text += static_cast<char>(bits); };
  if (code_point < 0x80) {
    add(code_point);
  } else if (code_point < 0x800) {
    add(0xc0 | code_point >> 6);
    add(0x80 | (code_point & 0x3f));
  } else if (code_point < 0x10000) {
    add(0xe0 | code_point >> 12);
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  } else {
    add(0xf0 | code_point >> 18);
    add(0x80 | (code_point >> 12 & 0x3f));
    add(0x80 | (code_point >> 6 & 0x3f));
    add(0x80 | (code_point & 0x3f));
  }
}

}  // namespace

void Decoder::Append(std::string_view bytes, std::string& text) {
  if (has_begun_) return Decode(bytes, text);
  held_ += bytes;
  const auto may_be = [this](const Beginning& b) {
    return held_.size() < b.bytes.size() && b.bytes.starts_with(held_);
  };
  if (std::any_of(std::begin(kBeginnings), std::end(kBeginnings), may_be)) return;
  Begin();
  Decode(std::exchange(held_, {}), text);
}

void Decoder::Finish(std::string& text) {
  if (!has_begun_) {
    Begin();
    Decode(std::exchange(held_, {}), text);
  }
  if (high_ != 0) AppendUtf8(std::exchange(high_, 0), text);
  if (!held_.empty()) AppendUtf8(0xdc00, text);  // half a unit: as ill-formed as half a pair
  held_.clear();
}

// Looks at the first bytes, all of which are in held_.
void Decoder::Begin() {
  has_begun_ = true;
  const auto found = std::find_if(std::begin(kBeginnings), std::end(kBeginnings),
                                  [this](const Beginning& b) { return held_.starts_with(b.bytes); });
  if (found == std::end(kBeginnings)) return;
  if (found->format != nullptr) {
    throw std::runtime_error(std::string("expected text, found ") + found->format +
                             "; make text of it first: " + found->remedy);
  }
  const bool is_utf8_mark = found->bytes.size() == 3;
  if (encoding_ == Encoding::kUtf8 || (encoding_ == Encoding::kUtf16 && !is_utf8_mark)) {
    held_.erase(0, found->bytes.size());
    is_big_endian_ = found->bytes[0] == '\xfe';
    if (!is_utf8_mark) encoding_ = Encoding::kUtf16;
  }
}

void Decoder::Decode(std::string_view bytes, std::string& text) {
  switch (encoding_) {
    case Encoding::kUtf8:
      text += bytes;
      break;
    case Encoding::kUtf16:
      DecodeUtf16(bytes, text);
      break;
    case Encoding::kLatin1:
    case Encoding::kWindows1252:
      for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        const bool is_own = encoding_ == Encoding::kWindows1252 && byte >= 0x80 && byte < 0xa0;
        AppendUtf8(is_own ? kWindows1252[byte - 0x80] : byte, text);
      }
      break;
  }
}

void Decoder::DecodeUtf16(std::string_view bytes, std::string& text) {
  for (const char c : bytes) {
    held_ += c;
    if (held_.size() < 2) continue;
    const auto first = static_cast<unsigned char>(held_[is_big_endian_ ? 0 : 1]);
    const auto last = static_cast<unsigned char>(held_[is_big_endian_ ? 1 : 0]);
    const auto unit = static_cast<char32_t>(first << 8 | last);
    held_.clear();
    if (high_ != 0 && unit >= 0xdc00 && unit < 0xe000) {
      AppendUtf8(0x10000 + ((high_ - 0xd800) << 10) + (unit - 0xdc00), text);
      high_ = 0;
      continue;
    }
    if (high_ != 0) AppendUtf8(high_, text);
    high_ = unit >= 0xd800 && unit < 0xdc00 ? unit : 0;
    if (high_ == 0) AppendUtf8(unit, text);
  }
}

bool IsUtf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = [&](std::size_t i) {
      return at + i < text.size() ? static_cast<unsigned char>(text[at + i]) : static_cast<unsigned char>(0);
    };
    const unsigned char first = byte(0);
    if (first < 0x80) {
      ++at;
      continue;
    }
    const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
    const unsigned char low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;  // of the second byte
    const unsigned char high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    if (first < 0xc2 || first > 0xf4 || byte(1) < low || byte(1) > high) return false;
    for (std::size_t i = 2; i < size; ++i) {
      if (byte(i) < 0x80 || byte(i) > 0xbf) return false;
    }
    at += size;
  }
  return true;
}

}  // namespace common
