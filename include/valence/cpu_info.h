// The CPU's features and what the library uses of them.
#pragma once

#include <string>
#include <vector>

#include "valence/export.h"

namespace valence {

// kAuto takes kInt8 for a folder whose linear layers are in int8 (quantize.h), where the CPU can; for any other bf16 where
// the CPU multiplies it natively (AVX-512 bf16 or AMX), else f32.
// kInt8: encoder layers multiply 8-bit integers, which takes less time and memory than the others and changes a few
// labels. It needs AVX2 and fused multiply-add; its answers have the same bits on every such CPU.
enum class Precision { kAuto, kF32, kBf16, kInt8 };

// Facts about this machine and process.
struct VALENCE_EXPORT CpuInfo {
  std::string brand;  // as the CPU names itself, e.g. "AMD EPYC 9654 96-Core Processor"
  std::vector<std::string>
      features;     // those that the library may use, in the spelling of /proc/cpuinfo: "avx2", "amx_bf16", ..
  std::string isa;  // the instruction set that oneDNN uses: "AVX-512 bf16", ..
  std::string kernel_target;  // the instruction set that our own vector loops use: "AVX3_ZEN4", ..
  std::string
      matmul;        // what multiplies matrices under Precision::kAuto, and why not AMX: "oneDNN (the CPU has no AMX)"
  std::string int8;  // what multiplies under Precision::kInt8: "avx512_vnni", ..; empty if this CPU cannot
  Precision precision;  // what Precision::kAuto means here for a folder that is not in int8
  int threads;          // what Options::threads = 0 means here: CPUs allowed by affinity and cgroup quota
};

// Throws Error kInvalidArgument for an unknown value of an environment variable (docs/environment.md).
VALENCE_EXPORT CpuInfo cpu_info();

// "f32", "bf16", "int8" or "auto".
VALENCE_EXPORT const char* to_string(Precision precision) noexcept;

}  // namespace valence
