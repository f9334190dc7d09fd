// The instruction set that oneDNN uses on this machine.
#pragma once

#include <string>

namespace valence::internal {

// In oneDNN's own words, e.g. "avx512_core_bf16"; follows the environment variable ONEDNN_MAX_CPU_ISA.
std::string OneDnnIsa();

// Whether it multiplies bf16 natively (AVX-512 bf16 or AMX) rather than by emulation.
bool HasNativeBf16();

bool HasAvx512();

// oneDNN's version, e.g. "2.6.3".
std::string OneDnnVersion();

// Keeps oneDNN from starting threads of its own for what the calling thread runs: our workers are the threads.
// Throws std::bad_alloc.
void UseOneThreadInThisThread();

}  // namespace valence::internal
