// Weights in several safetensors files with an index, as transformers saves large models.
#pragma once

#include <filesystem>

#include "files/safetensors.h"

namespace valence::internal {

// Opens the files that model.safetensors.index.json names, {"weight_map": {"TENSOR": "FILE", ..}, ..}, as one. They lie
// in the index's folder or below.
// Throws Error: kFileNotFound, kFileUnreadable, kInvalidConfig naming the index and its field; kMissingTensor for a
// tensor that its file lacks, kDuplicateTensor for one in two files; what Safetensors::Open throws, naming the file.
Safetensors OpenSafetensorsIndex(const std::filesystem::path& path);

}  // namespace valence::internal
