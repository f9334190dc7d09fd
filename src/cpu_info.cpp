// Collects what the library knows about the CPU for the public interface.
#include "valence/cpu_info.h"

#include "cpu/cpu_features.h"
#include "cpu/cpu_limit.h"
#include "ops/implementation.h"
#include "ops/int8.h"
#include "ops/norm.h"
#include "settings.h"

namespace valence {

CpuInfo cpu_info() {
  return {.brand = internal::CpuBrand(),
          .features = internal::CpuFeatures(),
          .isa = internal::OneDnnIsa(),
          .kernel_target = internal::KernelTarget(),
          .matmul = internal::MatmulDescription(),
          .int8 = internal::Int8Description(),
          .precision = internal::AutoPrecision(),
          .threads = internal::UsableCpus()};
}

const char* to_string(Precision precision) noexcept {
  switch (precision) {
    case Precision::kF32:
      return "f32";
    case Precision::kBf16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
    case Precision::kAuto:
      break;
  }
  return "auto";
}

}  // namespace valence
