// The residual or embedding sum and the layer norm, row by row; a row stays in the L1 cache between the passes.
#include "kernels/norm.h"

#include <cmath>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/norm.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {

// Writes load(i) to row[i], then normalises the row in place and copies it to row r of the view.
// load(d, i) returns the vector of elements from i on, load_tail(d, i, n) the last n elements, from i on.
template <class T, class Load, class LoadTail>
HWY_ATTR void NormRow(std::size_t dim, const Load& load, const LoadTail& load_tail, const NormParameters& norm,
                      float* row, OperandView<T> view, std::int64_t r) {
  const Floats d;
  const std::size_t lanes = hn::Lanes(d), whole = dim / lanes * lanes, rest = dim - whole;

  // Four groups of sums keep the additions from waiting for each other.
  const auto store_and_add = [&](std::size_t i, std::size_t n, FloatVector sum) HWY_ATTR {
    const FloatVector x = n == lanes ? load(d, i) : load_tail(d, i, n);
    n == lanes ? StoreFloats(d, x, row + i) : StoreSome(d, x, row + i, n);
    return hn::Add(sum, x);
  };
  const FloatVector means = hn::Set(d, SumInOrder<4>(dim, store_and_add) / static_cast<float>(dim));

  // The variance needs a second pass: the sum of squares minus the squared mean would lose precision.
  const auto add_square = [&](std::size_t i, std::size_t n, FloatVector sum) HWY_ATTR {
    const FloatVector centred = hn::Sub(n == lanes ? LoadFloats(d, row + i) : LoadSome(d, row + i, n), means);
    const FloatVector added = hn::MulAdd(centred, centred, sum);
    return n == lanes ? added : hn::IfThenElse(hn::FirstN(d, n), added, sum);
  };
  const float variance = SumInOrder<4>(dim, add_square) / static_cast<float>(dim);

  T* const operand = view.Row(r);
  const FloatVector scales = hn::Set(d, 1.0f / std::sqrt(variance + norm.epsilon));
  for (std::size_t i = 0; i < whole; i += lanes) {
    const FloatVector centred = hn::Mul(hn::Sub(LoadFloats(d, row + i), means), scales);
    const FloatVector y = hn::MulAdd(centred, LoadFloats(d, norm.gamma + i), LoadFloats(d, norm.beta + i));
    StoreFloats(d, y, row + i);
    StoreFloats(d, y, view.At(operand, static_cast<std::int64_t>(i)));
  }
  if (rest != 0) {
    const FloatVector centred = hn::Mul(hn::Sub(LoadSome(d, row + whole, rest), means), scales);
    const FloatVector y =
        hn::MulAdd(centred, LoadSome(d, norm.gamma + whole, rest), LoadSome(d, norm.beta + whole, rest));
    StoreSome(d, y, row + whole, rest);
    StoreSome(d, y, view.At(operand, static_cast<std::int64_t>(whole)), rest);
  }
}

template <bool kAdd, class T>
HWY_ATTR void AddNormRows(std::int64_t rows, std::int64_t dim, const float* update, const NormParameters& norm,
                          float* hidden, OperandView<T> operand) {
  for (std::int64_t r = 0; r < rows; ++r) {
    float* row = hidden + r * dim;
    const float* added = kAdd ? update + r * dim : nullptr;
    NormRow(
        static_cast<std::size_t>(dim),
        [&](Floats d, std::size_t i) HWY_ATTR {
          const FloatVector x = LoadFloats(d, row + i);
          return kAdd ? hn::Add(x, LoadFloats(d, added + i)) : x;
        },
        [&](Floats d, std::size_t i, std::size_t n) HWY_ATTR {
          const FloatVector x = LoadSome(d, row + i, n);
          return kAdd ? hn::Add(x, LoadSome(d, added + i, n)) : x;
        },
        norm, row, operand, r);
  }
}

// One word's embedding, read as f32.
template <class T>
struct Word {
  Word(const T* words, std::int64_t id, std::int64_t dim) : row(words + id * dim) {}
  HWY_ATTR FloatVector Load(Floats d, std::size_t i) const { return LoadFloats(d, row + i); }
  HWY_ATTR FloatVector LoadTail(Floats d, std::size_t i, std::size_t n) const { return LoadSome(d, row + i, n); }
  const T* row;
};
template <class T>
Word(const T*, std::int64_t, std::int64_t) -> Word<T>;

template <>
struct Word<std::int8_t> {
  Word(const Int8Words& words, std::int64_t id, std::int64_t dim)
      : row(words.values + id * dim), scale(words.scales[id]) {}
  HWY_ATTR FloatVector Load(Floats d, std::size_t i) const {
    const hn::RebindToSigned<Floats> integers;
    const auto values = hn::LoadU(hn::Rebind<std::int8_t, Floats>(), row + i);
    return hn::Mul(hn::ConvertTo(d, hn::PromoteTo(integers, values)), hn::Set(d, scale));
  }
  HWY_ATTR FloatVector LoadTail(Floats d, std::size_t i, std::size_t n) const {
    std::int8_t lanes[HWY_MAX_BYTES / sizeof(float)] = {};
    std::memcpy(lanes, row + i, n);
    return Word({lanes, &scale}, 0, 0).Load(d, 0);
  }
  const std::int8_t* row;
  float scale;
};
Word(const Int8Words&, std::int64_t, std::int64_t)->Word<std::int8_t>;

template <class Words, class T>
HWY_ATTR void EmbedNormRows(std::int64_t rows, std::int64_t dim, const std::int32_t* ids,
                            const std::int32_t* position_of, const Words& words, const float* positions,
                            const NormParameters& norm, float* hidden, OperandView<T> operand) {
  for (std::int64_t r = 0; r < rows; ++r) {
    const Word word(words, ids[r], dim);
    const float* position = positions + position_of[r] * dim;
    NormRow(
        static_cast<std::size_t>(dim),
        [&](Floats d, std::size_t i) HWY_ATTR { return hn::Add(word.Load(d, i), LoadFloats(d, position + i)); },
        [&](Floats d, std::size_t i, std::size_t n)
            HWY_ATTR { return hn::Add(word.LoadTail(d, i, n), LoadSome(d, position + i, n)); },
        norm, hidden + r * dim, operand, r);
  }
}

// Highway's dispatch tables need functions that are not templates or overloads.
HWY_ATTR void AddNormF32(std::int64_t rows, std::int64_t dim, const float* update, const NormParameters& norm,
                         float* hidden, OperandView<float> operand) {
  AddNormRows<true>(rows, dim, update, norm, hidden, operand);
}
HWY_ATTR void AddNormBf16(std::int64_t rows, std::int64_t dim, const float* update, const NormParameters& norm,
                          float* hidden, OperandView<BFloat16> operand) {
  if (update == nullptr) return AddNormRows<false>(rows, dim, update, norm, hidden, operand);
  AddNormRows<true>(rows, dim, update, norm, hidden, operand);
}
HWY_ATTR void EmbedNormF32(std::int64_t rows, std::int64_t dim, const std::int32_t* ids,
                           const std::int32_t* position_of, const float* words, const float* positions,
                           const NormParameters& norm, float* hidden, OperandView<float> operand) {
  EmbedNormRows(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
HWY_ATTR void EmbedNormBf16ToF32(std::int64_t rows, std::int64_t dim, const std::int32_t* ids,
                                 const std::int32_t* position_of, const BFloat16* words, const float* positions,
                                 const NormParameters& norm, float* hidden, OperandView<float> operand) {
  EmbedNormRows(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
HWY_ATTR void EmbedNormInt8ToF32(std::int64_t rows, std::int64_t dim, const std::int32_t* ids,
                                 const std::int32_t* position_of, const Int8Words& words, const float* positions,
                                 const NormParameters& norm, float* hidden, OperandView<float> operand) {
  EmbedNormRows(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
HWY_ATTR void EmbedNormBf16(std::int64_t rows, std::int64_t dim, const std::int32_t* ids,
                            const std::int32_t* position_of, const BFloat16* words, const float* positions,
                            const NormParameters& norm, float* hidden, OperandView<BFloat16> operand) {
  EmbedNormRows(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
const char* Target() { return hwy::TargetName(HWY_TARGET); }

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(AddNormF32);
HWY_EXPORT(AddNormBf16);
HWY_EXPORT(EmbedNormF32);
HWY_EXPORT(EmbedNormBf16ToF32);
HWY_EXPORT(EmbedNormInt8ToF32);
HWY_EXPORT(EmbedNormBf16);
HWY_EXPORT(Target);

template <>
void AddNorm(std::int64_t rows, std::int64_t dim, const float* update, const NormParameters& norm, float* hidden,
             OperandView<float> operand) {
  HWY_DYNAMIC_DISPATCH(AddNormF32)(rows, dim, update, norm, hidden, operand);
}
template <>
void AddNorm(std::int64_t rows, std::int64_t dim, const float* update, const NormParameters& norm, float* hidden,
             OperandView<BFloat16> operand) {
  HWY_DYNAMIC_DISPATCH(AddNormBf16)(rows, dim, update, norm, hidden, operand);
}
template <>
void EmbedNorm(std::int64_t rows, std::int64_t dim, const std::int32_t* ids, const std::int32_t* position_of,
               const float* words, const float* positions, const NormParameters& norm, float* hidden,
               OperandView<float> operand) {
  HWY_DYNAMIC_DISPATCH(EmbedNormF32)(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
template <>
void EmbedNorm(std::int64_t rows, std::int64_t dim, const std::int32_t* ids, const std::int32_t* position_of,
               const BFloat16* words, const float* positions, const NormParameters& norm, float* hidden,
               OperandView<float> operand) {
  HWY_DYNAMIC_DISPATCH(EmbedNormBf16ToF32)(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
template <>
void EmbedNorm(std::int64_t rows, std::int64_t dim, const std::int32_t* ids, const std::int32_t* position_of,
               const BFloat16* words, const float* positions, const NormParameters& norm, float* hidden,
               OperandView<BFloat16> operand) {
  HWY_DYNAMIC_DISPATCH(EmbedNormBf16)(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
template <>
void EmbedNorm(std::int64_t rows, std::int64_t dim, const std::int32_t* ids, const std::int32_t* position_of,
               Int8Words words, const float* positions, const NormParameters& norm, float* hidden,
               OperandView<float> operand) {
  HWY_DYNAMIC_DISPATCH(EmbedNormInt8ToF32)(rows, dim, ids, position_of, words, positions, norm, hidden, operand);
}
const char* KernelTarget() { return HWY_DYNAMIC_DISPATCH(Target)(); }

}  // namespace valence::internal
#endif
