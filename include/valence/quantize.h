// Model folders in int8.
#pragma once

#include <filesystem>

#include "valence/export.h"

namespace valence {

struct VALENCE_EXPORT QuantizeOptions {
  bool word_embeddings = true;  // these too, with a scale a word; the answers of Precision::kInt8 are the same without
};

// Writes the folder `to`: the model of `from`, with the encoder's linear layers in int8 (symmetric, one scale for each
// output channel), in the format "int-quantized" of the compressed-tensors package, which Hugging Face transformers
// loads. Everything else in model.safetensors and config.json stays as it is; the tokenizer's files and the licence are
// copied. Loaded with Precision::kInt8, `to` gives the same bits as `from`.
//
// The folder appears when it is complete, under its name; a failure leaves nothing behind. Takes about 10 MB of memory
// beside the tokenizer's, whatever the model's size.
//
// Throws Error: what Classifier::load throws for `from`; kInvalidArgument if `to` exists or has no parent folder;
// kUnsupportedModel if `from` is in int8 already, and for a weight that is NaN or infinite, naming tensor and element;
// kRuntime if the disk is too full or writing fails.
VALENCE_EXPORT void quantize_model(const std::filesystem::path& from, const std::filesystem::path& to,
                                   const QuantizeOptions& options = {});

}  // namespace valence
