// The tile kernels for AVX2 with FMA, on software tiles: for tests on CPUs that have no more.
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

VALENCE_TARGET_BEGIN("avx2,fma")
namespace valence::internal::amx {
namespace avx2 {

#include "kernels/amx/vector_avx2-inl.h"
// Behind the vectors that they use.
#include "kernels/amx/attention-inl.h"
#include "kernels/amx/int8-inl.h"
#include "kernels/amx/product-inl.h"
#include "kernels/amx/tiles-inl.h"

}  // namespace avx2

const Kernels kSoftwareKernelsAvx2 = {avx2::MultiplyAny<avx2::SoftwareTiles>, avx2::Attend<avx2::SoftwareTiles>,
                                      avx2::MultiplyInt8<avx2::SoftwareTiles>};

}  // namespace valence::internal::amx
VALENCE_TARGET_END
#endif
