// Shows what each stage makes of a text: pieces and ids, logits, scores, label.
#include <iostream>
#include <string_view>

#include "valence/valence.h"

namespace {

void Show(const valence::Classifier& classifier, std::string_view text) {
  const valence::Tokenizer& tokenizer = classifier.tokenizer();
  const auto max_tokens = static_cast<std::size_t>(classifier.max_tokens());

  std::cout << "text    " << text << '\n';
  const valence::Encoding encoding = tokenizer.encode(text, max_tokens);
  std::cout << "pieces ";
  for (const auto id : encoding.ids) std::cout << ' ' << tokenizer.piece(id);
  std::cout << "\nids    ";
  for (const auto id : encoding.ids) std::cout << ' ' << id;
  std::cout << "\nrows    " << encoding.ids.size() << " of at most " << max_tokens
            << (encoding.truncated ? "; the rest of the text was cut off\n" : "\n");

  const valence::Prediction prediction = classifier.classify(text);
  for (std::size_t i = 0; i < prediction.logits.size(); ++i) {
    std::cout << "label " << i << ' ' << classifier.labels()[i] << ": logit " << prediction.logits[i] << ", score "
              << prediction.scores[i] << '\n';
  }
  std::cout << "answer  " << prediction.label << '\n';
}

}  // namespace

// Arguments: texts.
int main(int argc, char** argv) {
  try {
    const auto classifier = valence::Classifier::load();
    if (argc == 1) Show(classifier, "A gorgeous, witty, seductive movie.");
    for (int i = 1; i < argc; ++i) Show(classifier, argv[i]);
  } catch (const valence::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
