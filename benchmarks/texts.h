// Real texts to measure with.
#pragma once

#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

namespace valence::internal {

// The first column of a TSV file with a header line: SST-2 dev as committed for the tests.
inline std::vector<std::string> Sst2Texts() {
  const std::string path = std::string(VALENCE_TEST_DATA) + "/sst2-dev.tsv";
  std::ifstream file(path);
  std::vector<std::string> texts;
  std::string line;
  std::getline(file, line);
  while (std::getline(file, line)) texts.push_back(line.substr(0, line.find('\t')));
  if (texts.empty()) throw std::runtime_error(path + ": no texts");
  return texts;
}

// `count` texts of at least `words` words each, so at least as many tokens, made of consecutive sentences.
inline std::vector<std::string> JoinedTexts(const std::vector<std::string>& sentences, std::size_t count,
                                            std::size_t words) {
  std::vector<std::string> texts;
  std::size_t next = 0;
  while (texts.size() < count) {
    std::string text;
    for (std::size_t spaces = 0; spaces < words;) {
      const std::string& sentence = sentences[next++ % sentences.size()];
      text += sentence + " ";
      for (const char c : sentence) spaces += c == ' ';
    }
    texts.push_back(text);
  }
  return texts;
}

}  // namespace valence::internal
