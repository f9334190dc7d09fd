// The process-wide parts of oneDNN: engine, instruction set, threads.
#include "onednn/engine.h"

#include <omp.h>

namespace valence::internal {

const dnnl::engine& CpuEngine() {
  static const dnnl::engine engine =
      Translated("creating the CPU engine", [] { return dnnl::engine(dnnl::engine::kind::cpu, 0); });
  return engine;
}

std::string OneDnnIsa() {
  switch (dnnl::get_effective_cpu_isa()) {
    case dnnl::cpu_isa::sse41:
      return "sse41";
    case dnnl::cpu_isa::avx:
      return "avx";
    case dnnl::cpu_isa::avx2:
      return "avx2";
    case dnnl::cpu_isa::avx2_vnni:
      return "avx2_vnni";
    case dnnl::cpu_isa::avx512_core:
      return "avx512_core";
    case dnnl::cpu_isa::avx512_core_vnni:
      return "avx512_core_vnni";
    case dnnl::cpu_isa::avx512_core_bf16:
      return "avx512_core_bf16";
    case dnnl::cpu_isa::avx512_core_amx:
      return "avx512_core_amx";
#if DNNL_VERSION_MAJOR >= 3
    case dnnl::cpu_isa::avx2_vnni_2:
      return "avx2_vnni_2";
    case dnnl::cpu_isa::avx512_core_fp16:
      return "avx512_core_fp16";
    case dnnl::cpu_isa::avx512_core_amx_fp16:
      return "avx512_core_amx_fp16";
#endif
    default:
      return "other (" + std::to_string(static_cast<int>(dnnl::get_effective_cpu_isa())) + ")";
  }
}

namespace {

// The values are bit sets: a newer instruction set contains the bits of those it extends.
bool Contains(dnnl::cpu_isa isa) {
  const auto bits = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(dnnl::get_effective_cpu_isa()) & bits) == bits;
}

}  // namespace

bool HasNativeBf16() { return Contains(dnnl::cpu_isa::avx512_core_bf16); }
bool HasAvx512() { return Contains(dnnl::cpu_isa::avx512_core); }

std::string OneDnnVersion() {
  const dnnl_version_t* v = dnnl_version();
  return std::to_string(v->major) + "." + std::to_string(v->minor) + "." + std::to_string(v->patch);
}

void UseOneThreadInThisThread() { omp_set_num_threads(1); }

}  // namespace valence::internal
