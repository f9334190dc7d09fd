// A model folder as published: the type that passes from files/ to the rest.
#pragma once

#include <filesystem>

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
// Throws Error as ReadConfig, ReadTokenizerSpec and Safetensors::Open do; a folder that only has
// pytorch_model.bin gets kFileNotFound with the way to convert it.
ModelFolder OpenModelFolder(const std::filesystem::path& path);

// The default model: $VALENCE_MODEL, else share/valence/models/default beside the installed library, else the
// source tree's that this build was made from. Throws Error kFileNotFound listing the places looked at.
std::filesystem::path DefaultModelFolder();

}  // namespace valence::internal
