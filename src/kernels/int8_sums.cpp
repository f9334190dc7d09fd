// Sums of products to f32: scales, what rows leave out, bias and activation, compiled for several instruction sets.
#include "kernels/int8_sums.h"

#include <cstddef>

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/int8_sums.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"
#include "kernels/vector-inl.h"

HWY_BEFORE_NAMESPACE();
namespace valence::internal::HWY_NAMESPACE {

// GELU within 2e-4, less than a hundredth of a step of the s8 that it is rounded to: x times a polynomial for the
// normal distribution function, which is 0 and 1 outside of (-3.9, 3.9). NaN stays NaN. The coefficients are a minimax
// fit.
template <class D, class V = hn::Vec<D>>
HWY_ATTR V RoughGelu(D d, V x) {
  const V inside = hn::Min(hn::Max(x, hn::Set(d, -3.9f)), hn::Set(d, 3.9f));
  const V square = hn::Mul(inside, inside);
  V sum = hn::Set(d, 2.3504339807800534e-08f);
  for (const float term : {-1.6257340575975832e-06f, 4.831430487683974e-05f, -0.0008159531862474978f,
                           0.008775511756539345f, -0.06456903368234634f, 0.3978746235370636f}) {
    sum = hn::MulAdd(sum, square, hn::Set(d, term));
  }
  return hn::Mul(x, hn::MulAdd(inside, sum, hn::Set(d, 0.5f)));
}

template <PostOp kPostOp>
HWY_ATTR FloatVector Finish(FloatVector x) {
  const Floats d;
  if constexpr (kPostOp == PostOp::kGelu) return RoughGelu(d, x);
  if constexpr (kPostOp == PostOp::kRelu) return hn::IfThenElse(hn::Lt(x, hn::Zero(d)), hn::Zero(d), x);  // keeps NaN
  return x;
}

// The s32 of a rest for the columns from `c` on, as floats.
HWY_ATTR FloatVector LoadOthers(const std::byte* panel, const Int8Rest& rest, std::int64_t c) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  const auto* const others = reinterpret_cast<const std::int32_t*>(panel + rest.place);
  const auto s32 = hn::Shl(hn::LoadU(integers, others + c), hn::Set(integers, rest.left));
  return hn::ConvertTo(d, hn::Shr(s32, hn::Set(integers, rest.right)));
}

// Columns [c, c + kVectors vectors) of all rows, or, with kVectors 1, the `some` columns that fill no vector. What the
// rows have in common stays in registers.
template <PostOp kPostOp, int kVectors>
HWY_ATTR void DequantizeColumns(const Int8Sums& s, std::int64_t first, std::int64_t end, std::int64_t c,
                                std::size_t some = 0) {
  const Floats d;
  const hn::RebindToSigned<Floats> integers;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto load = [&](const float* from) HWY_ATTR {
    if (some != 0) return LoadSome(d, from, some);
    return hn::LoadU(d, from);
  };
  const Int8Rest column_sums{.value = 0, .place = 0, .left = 0, .right = 0};
  FloatVector scales[kVectors], bias[kVectors], column_sum[kVectors];
  HWY_UNROLL(4)
  for (int v = 0; v < kVectors; ++v) {
    scales[v] = load(s.scales + c + v * lanes);
    bias[v] = s.bias != nullptr ? load(s.bias + c + v * lanes) : hn::Zero(d);
    column_sum[v] = LoadOthers(s.panel, column_sums, c + v * lanes);
  }
  for (std::int64_t r = first; r < end; ++r) {
    // Read in place: with a copy, as Int8HeaderOf makes, all of this took a tenth to a fifth longer
    // (BM_Int8Background).
    const auto& header = *reinterpret_cast<const Int8RowHeader*>(s.src + r * s.src_bytes);
    const std::int32_t* const sums = s.sums + r * kInt8Panel + c;
    float* const dst = s.dst + r * s.dst_stride + c;
    const FloatVector scale = hn::Set(d, header.scale);
    FloatVector sum[kVectors];
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      sum[v] = hn::Mul(hn::ConvertTo(d, hn::LoadU(integers, sums + v * lanes)), scale);
    }
    const FloatVector value = hn::Set(d, header.rests[0].value);
    if (header.rests[0].place == 0) {
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) sum[v] = hn::MulAdd(value, column_sum[v], sum[v]);
    } else {
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        sum[v] = hn::MulAdd(value, LoadOthers(s.panel, header.rests[0], c + v * lanes), sum[v]);
      }
    }
    if (header.rests[1].value != 0) {
      const FloatVector second = hn::Set(d, header.rests[1].value);
      HWY_UNROLL(4)
      for (int v = 0; v < kVectors; ++v) {
        sum[v] = hn::MulAdd(second, LoadOthers(s.panel, header.rests[1], c + v * lanes), sum[v]);
      }
    }
    HWY_UNROLL(4)
    for (int v = 0; v < kVectors; ++v) {
      const FloatVector before = s.bias != nullptr ? bias[v] : load(dst + v * lanes);
      const FloatVector y = Finish<kPostOp>(hn::MulAdd(sum[v], scales[v], before));
      if (some == 0) {
        hn::StoreU(y, d, dst + v * lanes);
      } else {
        StoreSome(d, y, dst, some);
      }
    }
  }
}

template <PostOp kPostOp>
HWY_ATTR void DequantizeBy(const Int8Sums& s, std::int64_t first, std::int64_t end) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(Floats()));
  constexpr int kVectors = HWY_TARGET == HWY_AVX2 ? 2 : 4;  // by the number of registers
  std::int64_t c = 0;
  for (; c + kVectors * lanes <= s.columns; c += kVectors * lanes) {
    DequantizeColumns<kPostOp, kVectors>(s, first, end, c);
  }
  for (; c + lanes <= s.columns; c += lanes) DequantizeColumns<kPostOp, 1>(s, first, end, c);
  if (c < s.columns) DequantizeColumns<kPostOp, 1>(s, first, end, c, static_cast<std::size_t>(s.columns - c));
}

HWY_ATTR void DequantizeRows(const Int8Sums& sums, std::int64_t first, std::int64_t count) {
  switch (sums.post_op) {
    case PostOp::kNone:
      return DequantizeBy<PostOp::kNone>(sums, first, first + count);
    case PostOp::kGelu:
      return DequantizeBy<PostOp::kGelu>(sums, first, first + count);
    case PostOp::kRelu:
      return DequantizeBy<PostOp::kRelu>(sums, first, first + count);
  }
}

}  // namespace valence::internal::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace valence::internal {

HWY_EXPORT(DequantizeRows);

void Dequantize(const Int8Sums& sums, std::int64_t first, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(DequantizeRows)(sums, first, count);
}

}  // namespace valence::internal
#endif
