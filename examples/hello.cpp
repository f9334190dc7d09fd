// The README's program: one text in, label and probability out.
#include <iostream>

#include "valence/valence.h"

int main() {
  try {
    const auto classifier = valence::Classifier::load();
    const auto answer = classifier.classify("I loved every minute of it.");
    std::cout << answer.label << ' ' << answer.score << '\n';
  } catch (const valence::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
