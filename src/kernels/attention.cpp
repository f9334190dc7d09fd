// Several queries at a time. Keys are transposed once for each head, so that one small matrix kernel serves both
// products.
#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/attention.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/math-inl.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {

// Queries that share a pass over the keys: with two columns of vectors these are 12 sums, which fit AVX2's 16
// registers.
constexpr std::int64_t kQueries = 6;

// c[r][j] = sum over i of a[r][i] * b[i][j] for kRows rows and `columns` (a multiple of Lanes(d)) columns.
//   a: [kRows, inner] rows a_stride apart, b: [inner, columns] rows b_stride apart, c: [kRows, columns]
template <int kRows, int kVectors>
HWY_ATTR void MultiplyColumns(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride,
                              std::int64_t inner, float* c, std::int64_t c_stride) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  FloatVector sums[kRows][kVectors];
  const auto load_b = [&](std::int64_t i, int v) HWY_ATTR { return hn::Load(d, b + i * b_stride + v * lanes); };
  SumProducts(d, a, a_stride, 1, inner, load_b, sums);
  for (int r = 0; r < kRows; ++r) {
    for (int v = 0; v < kVectors; ++v) hn::Store(sums[r][v], d, c + r * c_stride + v * lanes);
  }
}

template <int kRows>
HWY_ATTR void MultiplyRows(const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride,
                           std::int64_t inner, std::int64_t columns, float* c, std::int64_t c_stride) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Floats()));
  std::int64_t j = 0;
  for (; j + 2 * lanes <= columns; j += 2 * lanes) {
    MultiplyColumns<kRows, 2>(a, a_stride, b + j, b_stride, inner, c + j, c_stride);
  }
  if (j < columns) MultiplyColumns<kRows, 1>(a, a_stride, b + j, b_stride, inner, c + j, c_stride);
}

HWY_ATTR void Multiply(std::int64_t rows, const float* a, std::int64_t a_stride, const float* b, std::int64_t b_stride,
                       std::int64_t inner, std::int64_t columns, float* c, std::int64_t c_stride) {
  switch (rows) {
    case 1:
      return MultiplyRows<1>(a, a_stride, b, b_stride, inner, columns, c, c_stride);
    case 2:
      return MultiplyRows<2>(a, a_stride, b, b_stride, inner, columns, c, c_stride);
    case 3:
      return MultiplyRows<3>(a, a_stride, b, b_stride, inner, columns, c, c_stride);
    case 4:
      return MultiplyRows<4>(a, a_stride, b, b_stride, inner, columns, c, c_stride);
    case 5:
      return MultiplyRows<5>(a, a_stride, b, b_stride, inner, columns, c, c_stride);
    default:
      return MultiplyRows<6>(a, a_stride, b, b_stride, inner, columns, c, c_stride);
  }
}

// Converts rows to f32, `to_stride` (a multiple of the lanes) apart, with zeros after the last column.
template <class T>
HWY_ATTR void CopyRows(std::int64_t rows, std::int64_t columns, HeadRows<const T> from, float* to,
                       std::int64_t to_stride) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  for (std::int64_t r = 0; r < rows; ++r) {
    const T* row = from.data + r * from.stride;
    float* target = to + r * to_stride;
    std::int64_t i = 0;
    for (; i + lanes <= columns; i += lanes) hn::Store(LoadFloats(d, row + i), d, target + i);
    if (i < columns) {
      hn::Store(LoadSome(d, row + i, static_cast<std::size_t>(columns - i)), d, target + i);
    }
  }
}

// to[j][i] = from[i][j], in blocks of 4 x 4; both sides are padded to multiples of 4.
HWY_ATTR void Transpose(std::int64_t rows, std::int64_t columns, const float* from, std::int64_t from_stride, float* to,
                        std::int64_t to_stride) {
#if HWY_TARGET == HWY_SCALAR  // has no vectors to interleave
  for (std::int64_t j = 0; j < columns; ++j) {
    for (std::int64_t i = 0; i < rows; ++i) to[j * to_stride + i] = from[i * from_stride + j];
  }
#else
  const hn::Full128<float> d;
  const hn::Full128<double> pairs;
  for (std::int64_t j = 0; j < columns; j += 4) {
    for (std::int64_t i = 0; i < rows; i += 4) {
      const float* block = from + i * from_stride + j;
      const auto r0 = hn::Load(d, block), r1 = hn::Load(d, block + from_stride);
      const auto r2 = hn::Load(d, block + 2 * from_stride), r3 = hn::Load(d, block + 3 * from_stride);
      const auto low01 = hn::BitCast(pairs, hn::InterleaveLower(d, r0, r1));
      const auto low23 = hn::BitCast(pairs, hn::InterleaveLower(d, r2, r3));
      const auto high01 = hn::BitCast(pairs, hn::InterleaveUpper(d, r0, r1));
      const auto high23 = hn::BitCast(pairs, hn::InterleaveUpper(d, r2, r3));
      float* target = to + j * to_stride + i;
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, low01, low23)), d, target);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, low01, low23)), d, target + to_stride);
      hn::Store(hn::BitCast(d, hn::InterleaveLower(pairs, high01, high23)), d, target + 2 * to_stride);
      hn::Store(hn::BitCast(d, hn::InterleaveUpper(pairs, high01, high23)), d, target + 3 * to_stride);
    }
  }
#endif
}

// to = exp(scale * (scores - the largest)), zeros after `count`; returns 1 / sum. May work in place. In f32
// both are `padded` long, whole vectors, and what scores holds after `count` is not read.
template <class T>
HWY_ATTR float Exponentials(const float* scores, std::int64_t count, std::int64_t padded, float scale, T* to) {
  const Floats d;
  constexpr bool kPadded = std::is_same_v<T, float>;
  const std::size_t lanes = hn::Lanes(d), n = static_cast<std::size_t>(count), whole = n / lanes * lanes;
  const auto load_some = [&](std::size_t i, std::size_t some)
                             HWY_ATTR { return kPadded ? hn::LoadU(d, scores + i) : LoadSome(d, scores + i, some); };
  FloatVector largest = hn::Set(d, -std::numeric_limits<float>::infinity());
  for (std::size_t i = 0; i < whole; i += lanes) largest = hn::Max(largest, hn::LoadU(d, scores + i));
  if (whole < n) {
    const FloatVector last = hn::Max(largest, load_some(whole, n - whole));
    largest = hn::IfThenElse(hn::FirstN(d, n - whole), last, largest);
  }
  largest = hn::MaxOfLanes(d, largest);

  const FloatVector scales = hn::Set(d, scale);
  const auto store_and_add = [&](std::size_t i, std::size_t some, FloatVector sum) HWY_ATTR {
    if (some == lanes) {
      const FloatVector y = ExpOfNegative(d, hn::Mul(scales, hn::Sub(hn::LoadU(d, scores + i), largest)));
      StoreFloats(d, y, to + i);
      return hn::Add(sum, y);
    }
    const FloatVector x = hn::Mul(scales, hn::Sub(load_some(i, some), largest));
    const FloatVector y = hn::IfThenElseZero(hn::FirstN(d, some), ExpOfNegative(d, x));
    kPadded ? StoreFloats(d, y, to + i) : StoreSome(d, y, to + i, some);
    return hn::Add(sum, y);
  };
  const float sum = SumInOrder<1>(n, store_and_add);
  // The last vector is stored whole where that is allowed.
  const std::int64_t written = kPadded ? static_cast<std::int64_t>((n + lanes - 1) / lanes * lanes) : count;
  if (written < padded) std::fill(to + written, to + padded, T());
  return 1.0f / sum;
}

// to = factor * from
template <class T>
HWY_ATTR void ScaleRow(std::int64_t columns, const float* from, float factor, T* to) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const FloatVector factors = hn::Set(d, factor);
  std::int64_t i = 0;
  for (; i + lanes <= columns; i += lanes) StoreFloats(d, hn::Mul(factors, hn::LoadU(d, from + i)), to + i);
  const auto rest = static_cast<std::size_t>(columns - i);
  if (rest != 0) StoreSome(d, hn::Mul(factors, LoadSome(d, from + i, rest)), to + i, rest);
}

template <class T>
HWY_ATTR void AttendHead(std::int64_t query_rows, std::int64_t key_rows, std::int64_t head_dim, HeadRows<const T> q,
                         HeadRows<const T> k, HeadRows<const T> v, HeadRows<T> out, AttentionScratch& scratch) {
  const Floats d;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto up = [](std::int64_t count, std::int64_t to) { return (count + to - 1) / to * to; };
  const std::int64_t keys = up(key_rows, std::max<std::int64_t>(lanes, 4));  // rows of whole transposed blocks
  const std::int64_t width = up(head_dim, std::max<std::int64_t>(lanes, 4));

  float* const rows =
      scratch.Floats(static_cast<std::size_t>(2 * keys * width + 2 * kQueries * width + kQueries * keys));
  float* const transposed = rows + keys * width;      // [width, keys]
  float* const queries = transposed + width * keys;   // [kQueries, width]
  float* const results = queries + kQueries * width;  // [kQueries, width]
  float* const weights = results + kQueries * width;  // [kQueries, keys]

  CopyRows(key_rows, head_dim, k, rows, width);
  std::fill(rows + key_rows * width, rows + keys * width, 0.0f);
  Transpose(keys, width, rows, width, transposed, keys);
  CopyRows(key_rows, head_dim, v, rows, width);

  const float scale = 1.0f / std::sqrt(static_cast<float>(head_dim));
  for (std::int64_t first = 0; first < query_rows; first += kQueries) {
    const std::int64_t count = std::min(kQueries, query_rows - first);
    CopyRows<T>(count, head_dim, {q.data + first * q.stride, q.stride}, queries, width);
    Multiply(count, queries, width, transposed, keys, head_dim, keys, weights, keys);
    float factors[kQueries];
    for (std::int64_t r = 0; r < count; ++r) {
      factors[r] = Exponentials(weights + r * keys, key_rows, keys, scale, weights + r * keys);
    }
    Multiply(count, weights, keys, rows, width, key_rows, width, results, width);
    for (std::int64_t r = 0; r < count; ++r) {
      ScaleRow(head_dim, results + r * width, factors[r], out.data + (first + r) * out.stride);
    }
  }
}

// Highway's dispatch tables need functions that are not templates or overloads.
HWY_ATTR void AttendHeadF32(std::int64_t query_rows, std::int64_t key_rows, std::int64_t head_dim,
                            HeadRows<const float> q, HeadRows<const float> k, HeadRows<const float> v,
                            HeadRows<float> out, AttentionScratch& scratch) {
  AttendHead(query_rows, key_rows, head_dim, q, k, v, out, scratch);
}
HWY_ATTR void AttendHeadBf16(std::int64_t query_rows, std::int64_t key_rows, std::int64_t head_dim,
                             HeadRows<const BFloat16> q, HeadRows<const BFloat16> k, HeadRows<const BFloat16> v,
                             HeadRows<BFloat16> out, AttentionScratch& scratch) {
  AttendHead(query_rows, key_rows, head_dim, q, k, v, out, scratch);
}

HWY_ATTR void SoftmaxRows(std::int64_t rows, std::int64_t keys, std::int64_t padded_keys, float scale,
                          const float* scores, BFloat16* weights, float* factors) {
  for (std::int64_t r = 0; r < rows; ++r) {
    factors[r] = Exponentials(scores + r * padded_keys, keys, padded_keys, scale, weights + r * padded_keys);
  }
}
HWY_ATTR void ScaleAllRows(std::int64_t rows, std::int64_t columns, const float* context, const float* factors,
                           HeadRows<BFloat16> out) {
  for (std::int64_t r = 0; r < rows; ++r) {
    ScaleRow(columns, context + r * columns, factors[r], out.data + r * out.stride);
  }
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(AttendHeadF32);
HWY_EXPORT(AttendHeadBf16);
HWY_EXPORT(SoftmaxRows);
HWY_EXPORT(ScaleAllRows);

template <>
void Attention(std::int64_t query_rows, std::int64_t key_rows, std::int64_t head_dim, HeadRows<const float> q,
               HeadRows<const float> k, HeadRows<const float> v, HeadRows<float> out, AttentionScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(AttendHeadF32)(query_rows, key_rows, head_dim, q, k, v, out, scratch);
}
template <>
void Attention(std::int64_t query_rows, std::int64_t key_rows, std::int64_t head_dim, HeadRows<const BFloat16> q,
               HeadRows<const BFloat16> k, HeadRows<const BFloat16> v, HeadRows<BFloat16> out,
               AttentionScratch& scratch) {
  HWY_DYNAMIC_DISPATCH(AttendHeadBf16)(query_rows, key_rows, head_dim, q, k, v, out, scratch);
}

void Softmax(std::int64_t rows, std::int64_t keys, std::int64_t padded_keys, float scale, const float* scores,
             BFloat16* weights, float* factors) {
  HWY_DYNAMIC_DISPATCH(SoftmaxRows)(rows, keys, padded_keys, scale, scores, weights, factors);
}
void ScaleRows(std::int64_t rows, std::int64_t columns, const float* context, const float* factors,
               HeadRows<BFloat16> out) {
  HWY_DYNAMIC_DISPATCH(ScaleAllRows)(rows, columns, context, factors, out);
}

}  // namespace valence::internal
#endif
