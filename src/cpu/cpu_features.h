// The CPU's name and those of its features that the operating system lets a program use.
#pragma once

#include <string>
#include <vector>

namespace valence::internal {

// The CPU's name for itself; empty if it has none.
std::string CpuBrand();

// The features that matter here, in the spelling of /proc/cpuinfo: avx2 fma avx_vnni avx512f avx512bw avx512vl
// avx512_vnni avx512_bf16 amx_tile amx_bf16 amx_int8. Those whose registers the operating system does not save (XGETBV)
// are left out.
std::vector<std::string> CpuFeatures();

}  // namespace valence::internal
