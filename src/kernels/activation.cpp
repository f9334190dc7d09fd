// Vectors at a time, the last one partly filled.
#include "kernels/activation.h"

#include <algorithm>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/activation.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/math-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {

HWY_ATTR void TanhOfAll(std::int64_t count, float* values) {
  const Floats d;
  const auto size = static_cast<std::size_t>(count), lanes = hn::Lanes(d), whole = size / lanes * lanes;
  for (std::size_t i = 0; i < whole; i += lanes) StoreFloats(d, TanhOf(d, LoadFloats(d, values + i)), values + i);
  if (whole != size) {
    StoreSome(d, TanhOf(d, LoadSome(d, values + whole, size - whole)), values + whole, size - whole);
  }
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(TanhOfAll);

void Relu(std::int64_t count, float* values) {
  std::transform(values, values + count, values, [](float x) { return x < 0.0f ? 0.0f : x; });
}

void Tanh(std::int64_t count, float* values) { HWY_DYNAMIC_DISPATCH(TanhOfAll)(count, values); }

}  // namespace valence::internal
#endif
