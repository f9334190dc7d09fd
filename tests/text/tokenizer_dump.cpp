// Writes the ids of many texts: the C++ end of tools/tokenizer_reference/compare_live.py.
//
//   tokenizer_dump MODEL_FOLDER MAX_TOKENS < texts > ids
// A text is its length in bytes and the bytes; an answer the number of ids and the ids, all 32 bits, little-endian.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <string>
#include <vector>

#include "valence/tokenizer.h"

int main(int argc, char** argv) {
  try {
    if (argc != 3) return std::fprintf(stderr, "usage: tokenizer_dump MODEL_FOLDER MAX_TOKENS\n"), 2;
    const valence::Tokenizer tokenizer = valence::Tokenizer::load(argv[1]);
    const std::size_t max_tokens = std::stoul(argv[2]);
    std::uint32_t length = 0;
    std::string text;
    std::vector<std::int32_t> ids;
    while (std::fread(&length, sizeof(length), 1, stdin) == 1) {
      text.resize(length);
      if (std::fread(text.data(), 1, length, stdin) != length) return std::fprintf(stderr, "a text breaks off\n"), 1;
      ids.assign(1, 0);  // the place of their number
      tokenizer.encode_to(text, max_tokens, ids);
      ids[0] = static_cast<std::int32_t>(ids.size() - 1);
      if (std::fwrite(ids.data(), sizeof(ids[0]), ids.size(), stdout) != ids.size()) return 1;
    }
    return std::fflush(stdout) == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    return std::fprintf(stderr, "%s\n", error.what()), 1;
  }
}
