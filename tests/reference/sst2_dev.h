// SST-2's development set with the logits of transformers on the default model.
#pragma once

#include <cstddef>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace valence::internal {

struct Sst2Dev {
  std::vector<std::string> texts;
  std::vector<std::size_t> labels;         // 0 negative, 1 positive
  std::vector<std::vector<float>> logits;  // by transformers in f32 (tests/data/sst2_logits.py)
};

inline Sst2Dev ReadSst2Dev() {
  Sst2Dev dev;
  std::string line;
  std::ifstream texts(VALENCE_TEST_DATA "/sst2-dev.tsv");
  std::getline(texts, line);  // the heading
  while (std::getline(texts, line)) {
    const std::size_t tab = line.rfind('\t');
    dev.texts.push_back(line.substr(0, tab));
    dev.labels.push_back(line.substr(tab + 1) == "1" ? 1 : 0);
  }
  std::ifstream logits(VALENCE_TEST_DATA "/sst2-dev-default-logits.txt");
  while (std::getline(logits, line)) {
    std::istringstream numbers(line);
    float negative = 0, positive = 0;
    if (numbers >> negative >> positive) dev.logits.push_back({negative, positive});
  }
  return dev;
}

}  // namespace valence::internal
