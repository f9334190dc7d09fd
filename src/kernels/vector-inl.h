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

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#endif
