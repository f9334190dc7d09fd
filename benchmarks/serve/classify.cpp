// Texts a second of one classify call, what the server is held against.
//   serve_classify MODEL TEXTS THREADS     TEXTS: a text a line; prints the median of nine calls
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include "valence/valence.h"

int main(int argc, char** argv) {
  if (argc != 4) return std::fputs("usage: serve_classify MODEL TEXTS THREADS\n", stderr), 2;
  valence::Options options;
  options.threads = std::atoi(argv[3]);
  const auto classifier = valence::Classifier::load(argv[1], options);
  std::vector<std::string> texts;
  std::ifstream file(argv[2]);
  for (std::string text; std::getline(file, text);) texts.push_back(text);
  classifier.classify(texts);
  std::vector<double> rates;
  for (int i = 0; i < 9; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    classifier.classify(texts);
    rates.push_back(static_cast<double>(texts.size()) /
                    std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
  }
  std::sort(rates.begin(), rates.end());
  std::printf("%.1f\n", rates[rates.size() / 2]);
}
