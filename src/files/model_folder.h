// A model folder as published: the type that passes from files/ to the rest.
#pragma once

#include <filesystem>
#include <vector>

#include "files/config.h"
#include "files/safetensors.h"
#include "files/tokenizer_spec.h"

namespace valence::internal {

struct ModelFolder {
  std::filesystem::path path;
  Config config;
  TokenizerSpec tokenizer;
  Safetensors weights;  // mapped; its tensors are checked against the config by model/
};

// Reads config.json and the tokenizer, opens model.safetensors.
// Throws Error as ReadConfig, ReadTokenizerSpec and Safetensors::Open do; kInvalidTokenizer for an id beyond the
// config's vocab_size. A folder that only has pytorch_model.bin gets kFileNotFound with the way to convert it.
ModelFolder OpenModelFolder(const std::filesystem::path& path);

// The default model: $VALENCE_MODEL, else the first of DefaultModelPlaces that is a folder. Throws Error kFileNotFound
// listing the places looked at.
std::filesystem::path DefaultModelFolder();

// Where the default model may be, best first, for the program or shared library `module` that holds this code: beside
// it as installed, wherever the installation was moved; the place it was built to be installed to; the source
// tree. Code that still is in a build tree looks into the source tree before it looks into an older installation.
std::vector<std::filesystem::path> DefaultModelPlaces(const std::filesystem::path& module);

}  // namespace valence::internal
