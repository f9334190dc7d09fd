// The C++ side of columns.py: answers each line on standard input by classifying all texts of a file once, and prints
// the seconds that it took and the CPU seconds.
//   columns MODEL_FOLDER TEXTS THREADS     (TEXTS: a line each)
#include <chrono>
#include <ctime>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "valence/valence.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "usage: columns MODEL_FOLDER TEXTS THREADS\n";
    return 2;
  }
  try {
    const auto classifier = valence::Classifier::load(argv[1], {.threads = std::stoi(argv[3])});
    std::vector<std::string> texts;
    std::ifstream file(argv[2]);
    for (std::string line; std::getline(file, line);) texts.push_back(line);
    for (std::string line; std::getline(std::cin, line);) {
      const auto start = std::chrono::steady_clock::now();
      const std::clock_t cpu_start = std::clock();
      classifier.classify(texts);
      std::cout << std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count() << ' '
                << static_cast<double>(std::clock() - cpu_start) / CLOCKS_PER_SEC << std::endl;
    }
  } catch (const std::exception& error) {
    std::cerr << "columns: " << error.what() << '\n';
    return 1;
  }
}
