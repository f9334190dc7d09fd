// The instruction set that oneDNN uses on this machine.
#pragma once

#include <string>

namespace valence::internal {

// oneDNN's name for it, e.g. "avx512_core_bf16". The environment variables ONEDNN_MAX_CPU_ISA and VALENCE_MATMUL limit
// it (without VALENCE_MATMUL=onednn its AMX primitives are not used). All functions here throw Error kInvalidArgument
// for an unknown value of VALENCE_MATMUL.
std::string OneDnnIsa();

// Whether it multiplies bf16 natively (AVX-512 bf16 or AMX) rather than by emulation.
bool HasNativeBf16();

bool HasAvx512();

bool HasAvx2();

// Whether bf16 products go to its AMX primitives.
bool OneDnnUsesAmx();

// Makes oneDNN use only the calling thread for what that thread runs; parallelism comes from our workers.
// Throws std::bad_alloc.
void UseOneThreadInThisThread();

}  // namespace valence::internal
