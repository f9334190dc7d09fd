// Writes the ids of many texts: the C++ end of the scripts in tests/data/tokenizer.
//
//   tokenizer_dump MODEL_FOLDER MAX_TOKENS < texts > ids
//   tokenizer_dump MODEL_FOLDER MAX_TOKENS --time < texts      the seconds that tokenising all of them takes
// A text is its length in bytes and the bytes; an answer the number of ids and the ids, all 32 bits, little-endian.
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>
#include <vector>

#include "valence/tokenizer.h"

namespace {

std::vector<std::string> ReadTexts() {
  std::vector<std::string> texts;
  for (std::uint32_t length = 0; std::fread(&length, sizeof(length), 1, stdin) == 1;) {
    std::string& text = texts.emplace_back(length, '\0');
    if (std::fread(text.data(), 1, length, stdin) != length) throw std::runtime_error("a text breaks off");
  }
  return texts;
}

double SecondsToTokenize(const valence::Tokenizer& tokenizer, const std::vector<std::string>& texts,
                         std::size_t max_tokens) {
  const auto began = std::chrono::steady_clock::now();
  for (const std::string& text : texts) (void)tokenizer.encode(text, max_tokens);
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

void WriteIds(const valence::Tokenizer& tokenizer, const std::vector<std::string>& texts, std::size_t max_tokens) {
  std::vector<std::int32_t> answer;
  for (const std::string& text : texts) {
    answer.assign(1, 0);  // the place of the number
    tokenizer.encode_to(text, max_tokens, answer);
    answer[0] = static_cast<std::int32_t>(answer.size() - 1);
    if (std::fwrite(answer.data(), sizeof(answer[0]), answer.size(), stdout) != answer.size()) {
      throw std::runtime_error("the ids cannot be written");
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  const bool is_timed = argc == 4 && std::string(argv[3]) == "--time";
  if (argc != 3 && !is_timed) {
    std::fprintf(stderr, "usage: tokenizer_dump MODEL_FOLDER MAX_TOKENS [--time] < texts\n");
    return 2;
  }
  try {
    const valence::Tokenizer tokenizer = valence::Tokenizer::load(argv[1]);
    const std::size_t max_tokens = std::stoul(argv[2]);
    const std::vector<std::string> texts = ReadTexts();
    if (is_timed) {
      std::printf("%.9f\n", SecondsToTokenize(tokenizer, texts, max_tokens));
    } else {
      WriteIds(tokenizer, texts, max_tokens);
    }
    return std::fflush(stdout) == 0 ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
