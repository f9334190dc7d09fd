// UTF-8 checking and the escapes of Quoted.
#include "unicode/printable.h"

namespace valence::internal {
namespace {

// The length of the well-formed UTF-8 sequence at the start of `bytes`, 0 if there is none.
// Unicode standard, table 3-7 "Well-Formed UTF-8 Byte Sequences".
std::size_t SequenceLength(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) {
    return i < bytes.size() && at(i) >= low && at(i) <= high;
  };
  if (bytes.empty()) return 0;
  const unsigned lead = at(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF) {
    const unsigned low = lead == 0xE0 ? 0xA0 : 0x80, high = lead == 0xED ? 0x9F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) ? 3 : 0;
  }
  if (lead >= 0xF0 && lead <= 0xF4) {
    const unsigned low = lead == 0xF0 ? 0x90 : 0x80, high = lead == 0xF4 ? 0x8F : 0xBF;
    return within(1, low, high) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  }
  return 0;
}

// Whether a well-formed sequence of more than one byte is escaped: C1 controls, and characters that end lines, reorder
// text or are invisible.
bool IsUnsafe(std::string_view sequence) {
  if (sequence.size() == 2) return sequence[0] == '\xC2' && static_cast<unsigned char>(sequence[1]) < 0xA0;
  if (sequence.size() != 3) return false;
  const auto last = static_cast<unsigned char>(sequence[2]);
  if (sequence.substr(0, 2) == "\xE2\x80") return (last >= 0x8B && last <= 0x8F) || (last >= 0xA8 && last <= 0xAE);
  if (sequence.substr(0, 2) == "\xE2\x81") return last >= 0xA0 && last <= 0xAF;
  return sequence == "\xEF\xBB\xBF";
}

std::string Escaped(std::string_view bytes, std::size_t limit) {
  constexpr char kHex[] = "0123456789abcdef";
  std::string out;
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::size_t length = SequenceLength(bytes.substr(i));
    const std::string_view sequence = bytes.substr(i, length == 0 ? 1 : length);
    if (i + sequence.size() > limit) return out + "..";
    const char c = sequence[0];
    const bool plain =
        length == 1 ? c >= 0x20 && c != 0x7F && c != '"' && c != '\\' : length > 1 && !IsUnsafe(sequence);
    if (plain) {
      out += sequence;
    } else {
      for (const char byte : sequence) {
        const auto value = static_cast<unsigned char>(byte);
        out += {'\\', 'x', kHex[value >> 4], kHex[value & 15]};
      }
    }
    i += sequence.size();
  }
  return out;
}

}  // namespace

bool IsUtf8(std::string_view bytes) {
  std::size_t i = 0;
  while (i < bytes.size()) {
    const std::size_t length = SequenceLength(bytes.substr(i, 4));
    if (length == 0) return false;
    i += length;
  }
  return true;
}

std::string Quoted(std::string_view bytes, std::size_t limit) { return '"' + Escaped(bytes, limit) + '"'; }

std::string Shown(const std::filesystem::path& path) { return Escaped(path.native(), 4096); }

}  // namespace valence::internal
