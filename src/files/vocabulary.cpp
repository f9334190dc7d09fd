// Reads vocab.txt.
#include <array>
#include <string_view>

#include "files/mapped_file.h"
#include "files/tokenizer_files.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

// Unicode's White_Space, in UTF-8.
constexpr std::array<std::string_view, 25> kWhiteSpace = {
    "\t",           "\n",           "\v",           "\f",           "\r",           " ",
    "\xC2\x85",     "\xC2\xA0",     "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
    "\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
    "\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
    "\xE3\x80\x80"};

std::string_view TrimEnd(std::string_view line) {
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view space : kWhiteSpace) {
      if (!line.ends_with(space)) continue;
      line.remove_suffix(space.size());
      found = true;
    }
  }
  return line;
}

}  // namespace

Vocabulary ReadVocabulary(const std::filesystem::path& path) {
  const std::string content = ReadWholeFile(path, std::size_t{64} << 20);
  Vocabulary vocabulary;
  for (std::string_view rest = content; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    const std::string_view line = rest.substr(0, end);
    rest.remove_prefix(end == rest.npos ? rest.size() : end + 1);
    if (vocabulary.size() == kMaxVocabulary) {
      throw Error(ErrorCode::kInvalidTokenizer,
                  Shown(path) + ": expected at most " + std::to_string(kMaxVocabulary) + " lines, found more");
    }
    if (!IsUtf8(line)) {
      throw Error(ErrorCode::kInvalidTokenizer, Shown(path) + ": line " + std::to_string(vocabulary.size() + 1) +
                                                    ": expected UTF-8, found " + Quoted(line));
    }
    vocabulary.emplace_back(TrimEnd(line), static_cast<std::int32_t>(vocabulary.size()));
  }
  return vocabulary;
}

}  // namespace valence::internal
