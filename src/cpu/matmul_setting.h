// The environment variable VALENCE_MATMUL: whose matrix products are used.
#pragma once

namespace valence::internal {

enum class MatmulSetting {
  kAuto,    // unset or empty: the library's choice for this CPU
  kOneDnn,  // "onednn": oneDNN's, its AMX primitives included
  kAmx,     // "amx": our own on AMX tiles for bf16, an error where there are none
};

// Read once for the process. Throws Error kInvalidArgument for an unknown value.
MatmulSetting RequestedMatmul();

MatmulSetting ParseMatmulSetting(const char* value);  // null: unset

}  // namespace valence::internal
