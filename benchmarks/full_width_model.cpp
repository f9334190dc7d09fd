// Writes the model with the tests' generator of random models.
#include "full_width_model.h"

#include <unistd.h>

#include <string>

#include "reference/random_model.h"

namespace valence::internal {

std::filesystem::path FullWidthModel() {
  namespace fs = std::filesystem;
  const fs::path folder = fs::temp_directory_path() / "valence-full-width-model-" VALENCE_MODEL_DIGEST;
  if (fs::exists(folder)) return folder;
  // Has another name until it is complete.
  const fs::path unfinished = folder.string() + "." + std::to_string(getpid());
  WriteModelFolder(unfinished, MakeRandomModel({.vocab_size = 30522,
                                                .max_position_embeddings = 512,
                                                .dim = 768,
                                                .hidden_dim = 3072,
                                                .n_layers = 6,
                                                .n_heads = 12,
                                                .labels = {"NEGATIVE", "POSITIVE"}},
                                               1));
  for (const char* name : {"vocab.txt", "tokenizer.json", "tokenizer_config.json"}) {
    fs::copy_file(fs::path(VALENCE_DEFAULT_MODEL) / name, unfinished / name, fs::copy_options::overwrite_existing);
  }
  fs::rename(unfinished, folder);
  return folder;
}

}  // namespace valence::internal
