// quantization_config of config.json. The library reads and writes one scheme, that of the compressed-tensors package
// with format "int-quantized": weights s8, symmetric, with one scale a row; activations s8, symmetric, with one scale a
// token, found while computing.
#pragma once

#include <filesystem>
#include <string>

#include "files/architecture.h"

namespace valence::internal {

class JsonObject;

// Whether the folder's weights are in that scheme; false without a quantization_config. Which of them are, only the
// tensors say. Throws Error kUnsupportedModel for any other scheme, naming the field and what was found.
bool ReadQuantization(const JsonObject& config, const std::filesystem::path& path);

// The text of that config.json, which has no quantization_config, with one added: linear layers but for the head's, and
// the word embeddings if asked for. All else stays as it is, in its order.
// Throws Error kFileNotFound, kFileUnreadable, kInvalidConfig.
std::string AddQuantization(const std::filesystem::path& path, const Architecture& architecture, bool word_embeddings);

}  // namespace valence::internal
