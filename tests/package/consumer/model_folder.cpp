// Prints where the default model was found.
#include <iostream>

#include "valence/valence.h"

int main() { std::cout << valence::Classifier::load().model_folder().string() << '\n'; }
