// A plugin, compiled with the compiler's default visibility. It exports one function of its own.
#include <cstdio>

#include "valence/c.h"
#include "valence/valence.h"

extern "C" int plugin_label_of(const char* text) {
  try {
    const auto classifier = valence::Classifier::load();
    std::printf("%s, %s\n", valence_version(), classifier.tokenizer().piece(0).data());
    return static_cast<int>(classifier.classify({text, valence::prepare(text, {})}).front().label_id);
  } catch (const valence::Error& error) {
    std::fputs(error.what(), stderr);
    return -1;
  }
}
