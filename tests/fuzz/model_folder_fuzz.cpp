// Any four files as a model folder: an input is their contents, each ended by the line "==== next file ====".
#include <array>

#include "files/model_folder.h"
#include "fuzz.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::string_view kEnd = "\n==== next file ====\n";
  constexpr std::array kNames = {"config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors"};
  static const TemporaryFolder folder;
  std::string_view rest = Text(data, size);
  for (const char* name : kNames) {
    const std::size_t end = std::min(rest.find(kEnd), rest.size());
    folder.Write(name, rest.substr(0, end));
    rest.remove_prefix(std::min(end + kEnd.size(), rest.size()));
  }
  AnswerOrError([] {
    const auto classifier =
        valence::Classifier::load(folder.path(), {.threads = 1, .precision = valence::Precision::kF32});
    const valence::Prediction prediction = classifier.classify("good bads [MASK] \xC3\xA9");
    Demand(prediction.logits.size() == classifier.labels().size(), "a logit a label");
    Demand(prediction.label_id < classifier.labels().size(), "a label of the model");
  });
  return 0;
}
