// The tile kernels for AVX-512 with bf16: on the CPU's tiles, and on software ones.
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>

#include "kernels/amx/kernels.h"
#include "kernels/amx/target.h"
#include "kernels/int8_background.h"
#include "kernels/int8_product.h"

#if defined(__x86_64__)
#include <immintrin.h>

VALENCE_TARGET_BEGIN("avx2,fma,avx512f,avx512bw,avx512vl,avx512dq,avx512bf16,amx-tile,amx-bf16,amx-int8")
namespace valence::internal::amx {
namespace avx512 {

#include "kernels/amx/vector_avx512-inl.h"
// Behind the vectors that they use.
#include "kernels/amx/attention-inl.h"
#include "kernels/amx/hardware_tiles-inl.h"
#include "kernels/amx/int8-inl.h"
#include "kernels/amx/product-inl.h"
#include "kernels/amx/tiles-inl.h"

}  // namespace avx512

const Kernels kHardwareKernels = {avx512::MultiplyAny<avx512::HardwareTiles>, avx512::Attend<avx512::HardwareTiles>,
                                  avx512::MultiplyInt8<avx512::HardwareTiles>};
const Kernels kSoftwareKernelsAvx512 = {avx512::MultiplyAny<avx512::SoftwareTiles>,
                                        avx512::Attend<avx512::SoftwareTiles>,
                                        avx512::MultiplyInt8<avx512::SoftwareTiles>};

}  // namespace valence::internal::amx
VALENCE_TARGET_END
#endif
