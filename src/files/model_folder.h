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

// The folder that holds the files: `path`, or for the top folder of a model in the Hugging Face cache
// (models--OWNER--NAME) the snapshot that refs/main names, or the only one. Throws Error: kFileNotFound,
// kFileUnreadable.
std::filesystem::path PublishedFolder(const std::filesystem::path& path);

// Reads config.json and the tokenizer, opens model.safetensors or the files that model.safetensors.index.json names.
// Throws Error as PublishedFolder, ReadConfig, ReadTokenizerSpec, Safetensors::Open and OpenSafetensorsIndex do;
// kInvalidTokenizer for an id beyond the
// config's vocab_size. A folder that only has pytorch_model.bin gets kFileNotFound; the message says how to convert it.
ModelFolder OpenModelFolder(const std::filesystem::path& path);

// The default model: $VALENCE_MODEL, else the first of DefaultModelPlaces that is a folder. Throws Error kFileNotFound
// with a list of these places.
std::filesystem::path DefaultModelFolder();

// Where the default model may be, best first, for the program or shared library `module` that contains this code:
// relative to it as in an installation, which may have been moved; in the configured installation prefix; in the source
// tree. For code in a build tree the source tree comes before the installation prefix, which may hold an older model.
std::vector<std::filesystem::path> DefaultModelPlaces(const std::filesystem::path& module);

}  // namespace valence::internal
