// The public view of the CPU, put together from those who know.
#include "valence/cpu_info.h"

#include "cpu/amx.h"
#include "cpu/cpu_features.h"
#include "cpu/cpu_limit.h"
#include "cpu/matmul_setting.h"
#include "kernels/norm.h"
#include "onednn/isa.h"

namespace valence {
namespace {

std::string MatmulInfo() {
  using namespace internal;
  if (!HasAvx512()) return "own, AVX2";
  if (OneDnnUsesAmx()) return "oneDNN, AMX";
  if (RequestedMatmul() == MatmulSetting::kOneDnn) return "oneDNN (VALENCE_MATMUL)";
  return "oneDNN" + (Amx().tiles == AmxTiles::kNone ? " (" + Amx().reason + ")" : "");
}

}  // namespace

CpuInfo cpu_info() {
  return {.brand = internal::CpuBrand(),
          .features = internal::CpuFeatures(),
          .isa = internal::OneDnnIsa(),
          .kernel_target = internal::KernelTarget(),
          .matmul = MatmulInfo(),
          .precision = internal::HasNativeBf16() ? Precision::kBf16 : Precision::kF32,
          .threads = internal::UsableCpus()};
}

const char* to_string(Precision precision) noexcept {
  switch (precision) {
    case Precision::kF32:
      return "f32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kAuto:
      break;
  }
  return "auto";
}

}  // namespace valence
