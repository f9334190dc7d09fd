// The model of the stated speeds: 6 layers, 768 wide, 12 heads, random weights, the default model's tokenizer.
#pragma once

#include <filesystem>

namespace valence::internal {

// Writes the folder (265 MB, F32) below the system's temporary directory unless it exists already. Its name has a digest of
// the sources and tokenizer files that it is made of, so that a changed generator writes another folder.
std::filesystem::path FullWidthModel();

}  // namespace valence::internal
