// The process-wide parts of oneDNN: engine, instruction set, threads.
#include "onednn/engine.h"

#include <omp.h>
#include <sys/mman.h>

#include <cstdlib>
#include <new>

#include "cpu/amx.h"
#include "cpu/matmul_setting.h"

namespace valence::internal {
namespace {

// To be called before anything asks for oneDNN's instruction set, which fixes it for the process. oneDNN's AMX
// primitives give a row other bits in another batch (2.6), or let a row's NaN reach others (3.7), so they are used only
// on request. Has no effect if the program itself has used oneDNN before.
void LimitIsa() {
  [[maybe_unused]] static const bool limited = [] {
    // Limits between AVX-512 bf16 and AMX are set again: 2.6 does not know their names, and takes them for no limit.
    if (RequestedMatmul() == MatmulSetting::kOneDnn || !CpuHasAmx() || IsaLimitExcludesBf16()) return false;
    return dnnl::set_max_cpu_isa(dnnl::cpu_isa::avx512_core_bf16) == dnnl::status::success;
  }();
}

dnnl::cpu_isa EffectiveIsa() {
  LimitIsa();
  return dnnl::get_effective_cpu_isa();
}

// The values are bit sets: a newer instruction set contains the bits of those it extends.
bool Contains(dnnl::cpu_isa isa) {
  const auto bits = static_cast<unsigned>(isa);
  return (static_cast<unsigned>(EffectiveIsa()) & bits) == bits;
}

}  // namespace

void CheckMemoryAvailable() {
  // oneDNN maps 256 kB for machine code, and allocates the rest in pieces of at most 18 kB, 90 kB in all. kHeap is
  // below malloc's threshold for mmap: a mapping would go back to the system when it is freed.
  constexpr std::size_t kCode = std::size_t{2} << 20, kHeap = std::size_t{120} << 10;
  void* const code = mmap(nullptr, kCode, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED) throw std::bad_alloc();
  munmap(code, kCode);
  void* volatile heap = std::malloc(kHeap);  // volatile: else the compiler removes the allocation
  if (heap == nullptr) throw std::bad_alloc();
  std::free(heap);
}

const dnnl::engine& CpuEngine() {
  static const dnnl::engine engine = Translated("creating the CPU engine", [] {
    LimitIsa();
    CheckMemoryAvailable();
    return dnnl::engine(dnnl::engine::kind::cpu, 0);
  });
  return engine;
}

std::string OneDnnIsa() {
  switch (EffectiveIsa()) {
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
      return "other (" + std::to_string(static_cast<int>(EffectiveIsa())) + ")";
  }
}

bool HasNativeBf16() { return Contains(dnnl::cpu_isa::avx512_core_bf16); }
bool HasAvx2() { return Contains(dnnl::cpu_isa::avx2); }
bool HasAvx512() { return Contains(dnnl::cpu_isa::avx512_core); }
bool OneDnnUsesAmx() { return Contains(dnnl::cpu_isa::avx512_core_amx); }

void UseOneThreadInThisThread() {
  CheckMemoryAvailable();
  omp_set_num_threads(1);
}

}  // namespace valence::internal
