// Loads and stores of f32 vectors from and to f32 or bf16 memory. Included once for each instruction set.
// (The guard toggles so that Highway's foreach_target can include it again.)

#if defined(VALENCE_KERNELS_VECTOR_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef VALENCE_KERNELS_VECTOR_INL_H_
#undef VALENCE_KERNELS_VECTOR_INL_H_
#else
#define VALENCE_KERNELS_VECTOR_INL_H_
#endif

#include <cstring>

#include "cpu/bfloat16.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using Floats = hn::ScalableTag<float>;
using FloatVector = hn::Vec<Floats>;

template <class D>
HWY_ATTR hn::Vec<D> LoadFloats(D d, const float* from) {
  return hn::LoadU(d, from);
}

template <class D>
HWY_ATTR hn::Vec<D> LoadFloats(D d, const BFloat16* from) {
  const hn::Rebind<std::uint16_t, D> halves;
  const hn::RebindToUnsigned<D> words;
  const auto bits = hn::LoadU(halves, reinterpret_cast<const std::uint16_t*>(from));
  return hn::BitCast(d, hn::ShiftLeft<16>(hn::PromoteTo(words, bits)));
}

inline HWY_ATTR void StoreFloats(Floats d, FloatVector values, float* to) { hn::StoreU(values, d, to); }

// Rounds to nearest even, as BFloat16's constructor does.
inline HWY_ATTR void StoreFloats(Floats /*d*/, FloatVector values, BFloat16* to) {
  const hn::RebindToUnsigned<Floats> words;
  const hn::Rebind<std::uint16_t, Floats> halves;
  const auto bits = hn::BitCast(words, values);
  const auto odd = hn::And(hn::ShiftRight<16>(bits), hn::Set(words, 1u));
  const auto rounded = hn::ShiftRight<16>(hn::Add(bits, hn::Add(odd, hn::Set(words, 0x7fffu))));
  const auto quiet = hn::Or(hn::ShiftRight<16>(bits), hn::Set(words, 0x40u));
  const auto chosen = hn::IfThenElse(hn::RebindMask(words, hn::IsNaN(values)), quiet, rounded);
  hn::StoreU(hn::TruncateTo(halves, chosen), halves, reinterpret_cast<std::uint16_t*>(to));
}

// The same for the first `count` < Lanes(d) elements, touching no memory beyond them; loads fill with zeros.
template <class T>
HWY_ATTR FloatVector LoadSome(Floats d, const T* from, std::size_t count) {
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(float)] = {};
  std::memcpy(lanes, from, count * sizeof(T));
  return LoadFloats(d, lanes);
}

template <class T>
HWY_ATTR void StoreSome(Floats d, FloatVector values, T* to, std::size_t count) {
  HWY_ALIGN T lanes[HWY_MAX_BYTES / sizeof(float)];
  StoreFloats(d, values, lanes);
  std::memcpy(to, lanes, count * sizeof(T));
}

// The lanes' sum, always halved in the same order: lane i gets lane i + 8, then i + 4, i + 2, i + 1.
template <class D>
HWY_ATTR float FoldLanes(D d, hn::Vec<D> sum) {
#if HWY_TARGET == HWY_SCALAR
  (void)d;
  return hn::GetLane(sum);
#else
  if constexpr (hn::MaxLanes(D()) > 4) {
    const hn::Half<D> half;
    return FoldLanes(half, hn::Add(hn::LowerHalf(half, sum), hn::UpperHalf(half, sum)));
  } else {
    HWY_ALIGN float lanes[4];
    hn::Store(sum, d, lanes);
    return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
  }
#endif
}

// A sum over [0, count) that has the same bits for every vector width: element i belongs to the sum of lane
// i % (16 kGroups), and the lanes are added in a fixed order. `step(i, n, sum)` returns `sum` plus the elements
// [i, i + n) and zeros in the lanes behind them; n is Lanes(d) but for the last call.
template <std::size_t kGroups, class Step>
HWY_ATTR float SumInOrder(std::size_t count, const Step& step) {
  const Floats d;
  constexpr std::size_t kLanes = hn::MaxLanes(Floats()), kPieces = 16 / kLanes, kSums = kGroups * kPieces;
  FloatVector sums[kSums];
  for (FloatVector& sum : sums) sum = hn::Zero(d);
  std::size_t i = 0;
  for (; i + kSums * kLanes <= count; i += kSums * kLanes) {
    HWY_UNROLL(16)
    for (std::size_t s = 0; s < kSums; ++s) sums[s] = step(i + s * kLanes, kLanes, sums[s]);
  }
  HWY_UNROLL(16)
  for (std::size_t s = 0; s < kSums; ++s, i += kLanes) {
    if (i < count) sums[s] = step(i, count - i < kLanes ? count - i : kLanes, sums[s]);
  }
  for (std::size_t step_size = kSums / 2; step_size > 0; step_size /= 2) {
    for (std::size_t s = 0; s < step_size; ++s) sums[s] = hn::Add(sums[s], sums[s + step_size]);
  }
  return FoldLanes(d, sums[0]);
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
