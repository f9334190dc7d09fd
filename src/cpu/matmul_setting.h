// The environment variable VALENCE_MATMUL: whose matrix products are used.
#pragma once

namespace valence::internal {

enum class MatmulSetting {
  kAuto,    // unset or empty: whichever the library takes to be best here
  kOneDnn,  // "onednn": oneDNN's, its AMX primitives included
};

// Read once a process. Throws Error kInvalidArgument for a value that it does not know.
MatmulSetting RequestedMatmul();

MatmulSetting ParseMatmulSetting(const char* value);  // null: unset

}  // namespace valence::internal
