// Prints the result of each stage for a text: the prepared text, pieces and ids, logits, scores, label.
#include <iostream>
#include <string_view>

#include "valence/valence.h"

namespace {

void Show(const valence::Classifier& classifier, std::string_view text) {
  const valence::Tokenizer& tokenizer = classifier.tokenizer();

  std::cout << "text    " << text << '\n';
  std::cout << "reads   " << valence::prepare(text, classifier.preparation()) << '\n';
  // One encoding, or one for each window of a long text.
  for (const valence::Encoding& encoding : classifier.encode(text)) {
    std::cout << "pieces ";
    for (const auto id : encoding.ids) std::cout << ' ' << tokenizer.piece(id);
    std::cout << "\nids    ";
    for (const auto id : encoding.ids) std::cout << ' ' << id;
    std::cout << "\nrows    " << encoding.ids.size() << " of at most " << classifier.max_tokens()
              << (encoding.truncated ? "; the rest of the text was left out\n" : "\n");
  }

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
    valence::Options options;
    options.long_text = valence::LongText::kMeanOfWindows;
    options.preparation.strip_urls = true;
    const auto classifier = valence::Classifier::load(options);
    if (argc == 1) Show(classifier, "A gorgeous, witty, seductive movie: https://example.org/film");
    for (int i = 1; i < argc; ++i) Show(classifier, argv[i]);
  } catch (const valence::Error& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
