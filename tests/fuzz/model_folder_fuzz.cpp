// Any four files as a model folder, in f32 and in int8; a fifth is the refs/main of a Hugging Face cache, whose
// snapshot the folder then is.
#include <array>

#include "files/model_folder.h"
#include "fuzz.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  constexpr std::array kNames = {"config.json", "vocab.txt", "tokenizer_config.json", "model.safetensors"};
  static const TemporaryFolder cache;
  static const std::filesystem::path snapshot = cache / "snapshots/0123";
  std::filesystem::create_directories(snapshot);
  std::filesystem::create_directories(cache / "refs");
  FileSplitter files(Text(data, size));
  for (const char* name : kNames) cache.Write("snapshots/0123/" + std::string(name), files.Next());
  const bool has_main = !files.AtEnd();
  if (has_main) cache.Write("refs/main", files.Next());
  for (const valence::Precision precision : {valence::Precision::kF32, valence::Precision::kInt8}) {
    AnswerOrError([&] {
      const auto classifier =
          valence::Classifier::load(has_main ? cache.path() : snapshot, {.threads = 1, .precision = precision});
      Demand(classifier.model_folder() == snapshot, "no folder but the snapshot");
      const valence::Prediction prediction = classifier.classify("good bads [MASK] \xC3\xA9");
      Demand(prediction.logits.size() == classifier.labels().size(), "a logit a label");
      Demand(prediction.label_id < classifier.labels().size(), "a label of the model");
    });
  }
  return 0;
}
