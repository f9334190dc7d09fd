// The instruction set that oneDNN uses on this machine.
#pragma once

#include <string>

namespace valence::internal {

// In oneDNN's own words, e.g. "avx512_core_bf16"; follows the environment variables ONEDNN_MAX_CPU_ISA and
// VALENCE_MATMUL (without "onednn" its AMX primitives are not used). All of these functions throw Error
// kInvalidArgument for a value of VALENCE_MATMUL that is not known.
std::string OneDnnIsa();

// Whether it multiplies bf16 natively (AVX-512 bf16 or AMX) rather than by emulation.
bool HasNativeBf16();

bool HasAvx512();

// Whether bf16 products go to its AMX primitives.
bool OneDnnUsesAmx();

// Keeps oneDNN from starting threads of its own for what the calling thread runs: our workers are the threads.
// Throws std::bad_alloc.
void UseOneThreadInThisThread();

}  // namespace valence::internal
