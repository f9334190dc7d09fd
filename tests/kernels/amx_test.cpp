// Everything that is computed on tiles, on each implementation that runs here: against plain loops, which sum in the
// order of the tile unit, and against each other, bit for bit.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <span>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "kernels/amx/kernels.h"
#include "kernels/amx/weight_block.h"
#include "kernels/int8_background.h"
#include "kernels/int8_product.h"
#include "kernels/random.h"

namespace valence::internal::amx {
namespace {

std::span<const NamedKernels> Implementations() {
  std::size_t count = 0;
  const NamedKernels* const all = KernelsForTest(&count);
  return {all, count};
}

float Flushed(float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; }
float Rounded(float x) { return Flushed(static_cast<float>(BFloat16(x))); }

bool SameBits(float a, float b) {
  return std::bit_cast<std::uint32_t>(a) == std::bit_cast<std::uint32_t>(b) || (std::isnan(a) && std::isnan(b));
}

// A layer with its operands, as published and as packed.
struct Layer {
  Layer(std::int64_t rows_in, std::int64_t in_in, std::int64_t out_in, const std::vector<float>& src_in,
        const std::vector<float>& weight_in)
      : rows(rows_in), in(in_in), out(out_in), src(src_in), weight(weight_in), bias(Random(out, 3)) {
    inner_tiles = TilesOf(in, kTileInner);
    const std::int64_t row_tiles = 2 * TilesOf(rows, kBlock), column_tiles = 2 * TilesOf(out, kBlock);
    src_tiles = AlignedBuffer<BFloat16>(static_cast<std::size_t>(row_tiles * inner_tiles * 512));
    std::fill_n(src_tiles.data(), src_tiles.size(), BFloat16());
    const auto view = OperandView<BFloat16>::Tiled(src_tiles.data(), in);
    for (std::int64_t r = 0; r < row_tiles * 16; ++r) {
      for (std::int64_t c = 0; c < in; ++c) {
        // Rows behind the last are whatever an earlier call has left there.
        *view.At(r, c) =
            BFloat16(r < rows ? src[static_cast<std::size_t>(r * in + c)] : std::numeric_limits<float>::quiet_NaN());
      }
    }
    weight_tiles = AlignedBuffer<BFloat16>(static_cast<std::size_t>(column_tiles * inner_tiles * 512));
    Pack(weight.data(), in, out, weight_tiles.data());
    padded_bias.assign(static_cast<std::size_t>(column_tiles * 16), 0.0f);
    std::copy(bias.begin(), bias.end(), padded_bias.begin());
  }

  Product Call() const {
    Product product{};
    product.rows = rows;
    product.inner_tiles = inner_tiles;
    product.src = src_tiles.data();
    product.weights = weight_tiles.data();
    product.bias = padded_bias.data();
    product.end = TilesOf(out, kBlock) * kBlock;
    product.columns = out;
    return product;
  }

  // One element as the tile unit sums it.
  float Plain(std::int64_t row, std::int64_t column) const {
    float sum = 0;
    for (std::int64_t tile = 0; tile < inner_tiles; ++tile) {
      float halves[2] = {0, 0};
      for (std::int64_t k = tile * 32; k < tile * 32 + 32; ++k) {
        const bool real = k < in;
        const float a = real ? Rounded(src[static_cast<std::size_t>(row * in + k)]) : 0.0f;
        const float b = real ? Rounded(weight[static_cast<std::size_t>(column * in + k)]) : 0.0f;
        halves[k % 2] = Flushed(std::fma(a, b, halves[k % 2]));
      }
      sum = Flushed(Flushed(sum) + Flushed(halves[0] + halves[1]));
    }
    return sum + bias[static_cast<std::size_t>(column)];
  }

  std::int64_t rows, in, out, inner_tiles = 0;
  std::vector<float> src, weight, bias, padded_bias;
  AlignedBuffer<BFloat16> src_tiles, weight_tiles;
};

std::vector<float> RunF32(const Kernels& kernels, const Layer& layer, PostOp post_op = PostOp::kNone) {
  std::vector<float> dst(static_cast<std::size_t>(layer.rows * layer.out), -1.0f);
  Product product = layer.Call();
  product.post_op = post_op;
  product.f32 = dst.data();
  product.f32_stride = layer.out;
  kernels.multiply(product);
  return dst;
}

class AmxProduct : public testing::Test {
 protected:
  void SetUp() override {
    if (Implementations().empty()) GTEST_SKIP() << "software tiles need AVX2 and FMA";
    RecordProperty("implementations", static_cast<int>(Implementations().size()));
  }
  const AmxTileScope tiles_;
};

TEST_F(AmxProduct, EqualsPlainLoopsAtEveryTail) {
  for (const auto& [name, kernels] : Implementations()) {
    for (const std::int64_t rows : {1, 2, 15, 16, 17, 31, 32, 33, 50}) {
      for (const std::int64_t in : {1, 2, 31, 32, 33, 95}) {
        for (const std::int64_t out : {1, 5, 16, 17, 32, 33, 70}) {
          const Layer layer(rows, in, out, Random(rows * in, 1), Random(in * out, 2));
          const auto dst = RunF32(kernels, layer), relu = RunF32(kernels, layer, PostOp::kRelu);
          Product product = layer.Call();
          std::vector<BFloat16> plain(static_cast<std::size_t>(rows * out + 64), BFloat16(7.0f));
          product.bf16 = OperandView<BFloat16>::Plain(plain.data(), out);
          kernels.multiply(product);
          const std::int64_t columns = TilesOf(out, kBlock) * kBlock;
          std::vector<BFloat16> tiled(static_cast<std::size_t>(64 * columns), BFloat16(7.0f));
          product.bf16 = OperandView<BFloat16>::Tiled(tiled.data(), out);
          product.columns = columns;
          kernels.multiply(product);
          for (std::int64_t r = 0; r < rows; ++r) {
            for (std::int64_t n = 0; n < columns; ++n) {
              const float expected = n < out ? layer.Plain(r, n) : 0.0f;
              ASSERT_EQ(product.bf16.At(r, n)->bits, BFloat16(expected).bits) << name << ' ' << r << ' ' << n;
              if (n >= out) continue;
              const auto at = static_cast<std::size_t>(r * out + n);
              ASSERT_TRUE(SameBits(dst[at], expected)) << name << ' ' << rows << 'x' << in << 'x' << out << ": " << r
                                                       << ' ' << n << ' ' << dst[at] << ' ' << expected;
              ASSERT_TRUE(SameBits(relu[at], std::max(0.0f, expected)));
              ASSERT_EQ(plain[at].bits, BFloat16(expected).bits);
            }
          }
          for (std::size_t i = 0; i < 64; ++i) {  // nothing behind the last row
            ASSERT_EQ(plain[static_cast<std::size_t>(rows * out) + i].bits, BFloat16(7.0f).bits);
          }
        }
      }
    }
  }
}

TEST_F(AmxProduct, EqualsPlainLoopsForHugeAndTinyNumbers) {
  std::mt19937 generator(5);
  for (const float scale : {0x1p-140f, 0x1p-70f, 0x1p-60f, 0x1p40f, 0x1p63f, 0x1p70f}) {
    auto src = Random(33 * 64, 1, 0.0f, scale), weight = Random(64 * 32, 2, 0.0f, scale < 1 ? scale : 0x1p60f);
    if (scale == 0x1p-140f) weight = Random(64 * 32, 2);  // denormal operands
    const Layer layer(33, 64, 32, src, weight);
    for (const auto& [name, kernels] : Implementations()) {
      const auto dst = RunF32(kernels, layer);
      for (std::int64_t r = 0; r < 33; ++r) {
        for (std::int64_t n = 0; n < 32; ++n) {
          const float got = dst[static_cast<std::size_t>(r * 32 + n)];
          ASSERT_TRUE(SameBits(got, layer.Plain(r, n)))
              << name << ' ' << scale << ' ' << got << ' ' << layer.Plain(r, n);
        }
      }
    }
  }
}

TEST_F(AmxProduct, AddsToWhatIsThere) {
  const Layer layer(37, 70, 50, Random(37 * 70, 1), Random(70 * 50, 2));
  const auto before = Random(37 * 50, 4);
  for (const auto& [name, kernels] : Implementations()) {
    auto dst = before;
    Product product = layer.Call();
    product.f32 = dst.data();
    product.f32_stride = 50;
    product.add = true;
    kernels.multiply(product);
    for (std::int64_t r = 0; r < 37; ++r) {
      for (std::int64_t n = 0; n < 50; ++n) {
        const auto at = static_cast<std::size_t>(r * 50 + n);
        ASSERT_EQ(dst[at], before[at] + layer.Plain(r, n)) << name;
      }
    }
  }
}

TEST_F(AmxProduct, RowsHaveTheSameBitsForEveryRowCountAndSlice) {
  const std::int64_t most = 70, in = 1000, out = 160;
  const auto src = Random(most * in, 1), weight = Random(in * out, 2);
  const Layer whole(most, in, out, src, weight);
  const auto expected = RunF32(Implementations().front().kernels, whole, PostOp::kGelu);
  for (const auto& [name, kernels] : Implementations()) {
    for (const std::int64_t rows : {1, 8, 16, 17, 32, 33, 64, 70}) {
      const Layer layer(rows, in, out, src, weight);
      std::vector<float> dst(static_cast<std::size_t>(rows * out));
      Product product = layer.Call();
      product.post_op = PostOp::kGelu;
      product.f32 = dst.data();
      product.f32_stride = out;
      for (const std::int64_t begin : {64, 0, 32, 96, 128}) {
        product.begin = begin;
        product.end = begin + 32;
        kernels.multiply(product);
      }
      ASSERT_EQ(std::memcmp(dst.data(), expected.data(), dst.size() * sizeof(float)), 0) << name << ' ' << rows;
    }
  }
}

TEST_F(AmxProduct, LeavesNanAndInfinityInTheirOwnRow) {
  const auto clean = Random(40 * 50, 1), weight = Random(50 * 33, 2);
  auto src = clean;
  src[3 * 50 + 7] = std::numeric_limits<float>::quiet_NaN();
  src[20 * 50 + 49] = std::numeric_limits<float>::infinity();
  const Layer layer(40, 50, 33, src, weight), undamaged(40, 50, 33, clean, weight);
  for (const auto& [name, kernels] : Implementations()) {
    for (const PostOp post_op : {PostOp::kNone, PostOp::kGelu, PostOp::kRelu}) {
      const auto dst = RunF32(kernels, layer, post_op), expected = RunF32(kernels, undamaged, post_op);
      for (std::size_t i = 0; i < dst.size(); ++i) {
        if (i / 33 == 3) {
          ASSERT_TRUE(std::isnan(dst[i])) << name;
        } else if (i / 33 != 20) {
          ASSERT_EQ(dst[i], expected[i]) << name;
        }
      }
    }
  }
}

TEST_F(AmxProduct, GeluIsTheExactOneWithinItsBound) {
  const std::int64_t out = 32 * 3000;
  Layer layer(1, 1, out, {0.0f}, std::vector<float>(static_cast<std::size_t>(out)));
  for (std::int64_t i = 0; i < out; ++i) {
    layer.padded_bias[static_cast<std::size_t>(i)] =
        static_cast<float>(i - out / 2) * (12.0f / static_cast<float>(out));
  }
  layer.padded_bias[0] = 1e6f;
  layer.padded_bias[1] = -1e6f;
  layer.padded_bias[2] = std::numeric_limits<float>::quiet_NaN();
  std::vector<float> first;
  for (const auto& [name, kernels] : Implementations()) {
    const auto dst = RunF32(kernels, layer, PostOp::kGelu);
    EXPECT_NEAR(dst[0], 1e6f, 0.1f);
    EXPECT_NEAR(dst[1], 0.0f, 0.1f);
    EXPECT_TRUE(std::isnan(dst[2]));
    for (std::size_t i = 3; i < dst.size(); ++i) {
      const double x = layer.padded_bias[i];
      ASSERT_NEAR(dst[i], x / 2 * (1 + std::erf(x / std::sqrt(2.0))), 1.1e-4) << x;
    }
    if (first.empty()) first = dst;
    EXPECT_EQ(std::memcmp(first.data(), dst.data(), dst.size() * sizeof(float)), 0) << name;
  }
}

// Sums of s8 products on every implementation, beside what they do meanwhile: the sums of the product before become
// f32.
TEST_F(AmxProduct, OfBytesEqualsPlainLoopsAndFinishesTheSumsBefore) {
  std::mt19937 generator(9);
  for (const auto& [name, kernels] : Implementations()) {
    for (const std::int64_t rows : {1, 16, 17, 31, 32}) {
      for (const std::int64_t in : {1, 63, 64, 65, 200}) {
        const std::int64_t out = 64, whole = TilesOf(rows, kTileRows) * kTileRows, stride = TilesOf(in, 64) * 64;
        std::vector<std::int8_t> src(static_cast<std::size_t>(whole * stride)),
            weight(static_cast<std::size_t>(out * in));
        for (auto& value : src) value = static_cast<std::int8_t>(static_cast<int>(generator() % 256) - 128);
        for (auto& value : weight) value = static_cast<std::int8_t>(static_cast<int>(generator() % 256) - 128);
        const Int8Matrix matrix(in, out, weight.data(), in);

        const std::int64_t before_rows = 1 + static_cast<std::int64_t>(generator() % 32);
        std::vector<std::int32_t> before(static_cast<std::size_t>(before_rows * 64), 3);
        std::vector<std::byte> before_src(static_cast<std::size_t>(before_rows * 64));
        const float row_scale = 0.5f;
        for (std::int64_t r = 0; r < before_rows; ++r) std::memcpy(before_src.data() + r * 64, &row_scale, 4);
        const std::vector<float> scales(64, 2.0f), bias(64, 10.0f);
        std::vector<float> dst(static_cast<std::size_t>(before_rows * 64), -1.0f);
        Int8Background background(matrix.Prefetch(0, out, nullptr), 100);
        background.Add({.rows = before_rows,
                        .columns = 64,
                        .sums = before.data(),
                        .src = before_src.data(),
                        .src_bytes = 64,
                        .panel = matrix.Panel(0),
                        .scales = scales.data(),
                        .bias = bias.data(),
                        .post_op = PostOp::kNone,
                        .dst = dst.data(),
                        .dst_stride = 64});

        std::vector<std::int32_t> sums(static_cast<std::size_t>(whole * 64), -1);
        kernels.multiply_int8(rows, matrix.depth(), reinterpret_cast<const std::uint8_t*>(src.data()), stride,
                              matrix.Panel(0), sums.data(), background);
        for (std::int64_t r = 0; r < rows; ++r) {
          for (std::int64_t n = 0; n < out; ++n) {
            std::int32_t expected = 0;
            for (std::int64_t k = 0; k < in; ++k) {
              expected += src[static_cast<std::size_t>(r * stride + k)] * weight[static_cast<std::size_t>(n * in + k)];
            }
            ASSERT_EQ(sums[static_cast<std::size_t>(r * 64 + n)], expected)
                << name << ' ' << rows << 'x' << in << ": " << r << ' ' << n;
          }
        }
        // At least one row in each step was finished, and Finish does the rest.
        ASSERT_EQ(dst.front(), 13.0f) << name;
        background.Finish();
        for (const float value : dst) ASSERT_EQ(value, 13.0f) << name;
      }
    }
  }
}

TEST(WeightPrefetch, RunsEightyKilobytesAheadAndOnIntoTheNextWeights) {
  constexpr std::int64_t kShare = 100 * 1024;
  const std::vector<std::byte> memory(kShare + 200 * 1024);
  const std::byte *const share = memory.data(), *const end = share + kShare, *const next = end + 4096;
  auto prefetch = WeightPrefetch::Of(share, end, next);
  EXPECT_EQ(prefetch.at, share + 80 * 1024);
  EXPECT_EQ(prefetch.lines_left, kShare / 64);
  prefetch.Run(20 * 1024 / 64);
  EXPECT_EQ(prefetch.at, end);
  prefetch.Run(1);
  EXPECT_EQ(prefetch.at, next + 64);
  prefetch.Run(1 << 30);
  EXPECT_EQ(prefetch.at, next + 80 * 1024);
  EXPECT_EQ(prefetch.lines_left, 0);
  // A share that is smaller than the distance: the next weights from where those of the share before stopped.
  prefetch = WeightPrefetch::Of(share, share + 1024, next);
  EXPECT_EQ(prefetch.at, next + 79 * 1024);
  EXPECT_EQ(prefetch.lines_left, 16);
  prefetch = WeightPrefetch::Of(share, end, nullptr);
  EXPECT_EQ(prefetch.lines_left, 20 * 1024 / 64);
  EXPECT_EQ(WeightPrefetch::Of(share, share + 1024, nullptr).lines_left, 0);
}

TEST(WeightBlock, DescribesEachMembersShareOfEachLayer) {
  if (Implementations().empty()) GTEST_SKIP() << "software tiles need AVX2 and FMA";
  const AmxTileScope tiles;
  const struct { std::int64_t in, out; } sizes[] = {{70, 200}, {33, 5}, {96, 64}};
  WeightBlock block;
  for (const auto& size : sizes) block.Reserve(size.in, size.out);
  block.Allocate();
  for (int i = 2; i >= 0; --i) {
    const auto& [in, out] = sizes[i];
    block.Pack(i, Random(in * out, 2).data(), Random(out, 3).data());
  }
  for (int i = 0; i < 3; ++i) {
    const auto& [in, out] = sizes[i];
    const Layer layer(19, in, out, Random(19 * in, 1), Random(in * out, 2));
    const auto expected = RunF32(Implementations().front().kernels, layer);
    for (const int size : {1, 2, 3, 8}) {
      std::vector<float> dst(expected.size());
      for (int index = 0; index < size; ++index) {
        Product product = layer.Call();
        if (!block.Describe(i, {index, size}, product)) continue;
        ASSERT_EQ(product.inner_tiles, layer.inner_tiles);
        product.f32 = dst.data();
        product.f32_stride = out;
        Implementations().front().kernels.multiply(product);
        Product next{};
        ASSERT_TRUE(!block.Describe((i + 1) % 3, {index, size}, next) ||
                    product.next ==
                        reinterpret_cast<const std::byte*>(next.weights + next.begin * next.inner_tiles * 32));
      }
      ASSERT_EQ(dst, expected) << size;
    }
  }
}

// The queries, keys and values of one head, inside wider rows whose other columns are NaN.
struct Head {
  Head(std::int64_t tokens_in, std::int64_t dim_in) : tokens(tokens_in), dim(dim_in), stride(3 * dim + 5) {
    rows = AlignedBuffer<BFloat16>(static_cast<std::size_t>((tokens + 32) * stride));
    std::fill_n(rows.data(), rows.size(), BFloat16(std::numeric_limits<float>::quiet_NaN()));
    const auto values = Random(tokens * 3 * dim, static_cast<unsigned>(100 * tokens + dim), 0.0f, 1.5f);
    for (std::int64_t r = 0; r < tokens; ++r) {
      for (std::int64_t c = 0; c < 3 * dim; ++c) {
        rows.data()[r * stride + c] = BFloat16(values[static_cast<std::size_t>(r * 3 * dim + c)]);
      }
    }
  }

  // Columns `column`.. of `columns`, row by row.
  std::vector<BFloat16> Run(const Kernels& kernels, std::int64_t queries, std::int64_t column,
                            std::int64_t columns) const {
    const std::int64_t wide = OperandView<BFloat16>::TiledColumns(columns);
    std::vector<BFloat16> tiles(static_cast<std::size_t>((queries + 16) * wide), BFloat16(7.0f));
    AlignedBuffer<float> scratch(AttentionFloats(tokens, dim));
    std::fill_n(scratch.data(), scratch.size(), std::numeric_limits<float>::quiet_NaN());
    const auto view = OperandView<BFloat16>::Tiled(tiles.data(), columns).From(1);
    kernels.attend({queries, tokens, dim, rows.data(), stride, rows.data() + dim, rows.data() + 2 * dim, stride, view,
                    column, scratch.data()});
    std::vector<BFloat16> out;
    for (std::int64_t r = 0; r < queries; ++r) {
      for (std::int64_t c = 0; c < columns; ++c) {
        if (c >= column && c < column + dim) {
          out.push_back(*view.At(r, c));
        } else {
          EXPECT_EQ(view.At(r, c)->bits, BFloat16(7.0f).bits);
        }
      }
    }
    return out;
  }

  double At(std::int64_t row, std::int64_t column) const {
    return static_cast<float>(rows.data()[row * stride + column]);
  }

  std::int64_t tokens, dim, stride;
  AlignedBuffer<BFloat16> rows;
};

class AmxAttention : public AmxProduct {};

TEST_F(AmxAttention, EqualsPlainLoopsAtEveryTail) {
  for (const std::int64_t tokens : {1, 2, 8, 15, 16, 17, 31, 32, 33, 48, 65, 130, 512}) {
    for (const std::int64_t dim : {1, 3, 16, 18, 32, 48, 64, 80, 128, 200}) {
      if (tokens == 512 && dim != 18 && dim != 64) continue;  // the plain loops are slow
      const Head head(tokens, dim);
      std::vector<BFloat16> first;
      for (const auto& [name, kernels] : Implementations()) {
        const auto out = head.Run(kernels, tokens, dim, 3 * dim);
        if (first.empty()) first = out;
        ASSERT_EQ(std::memcmp(first.data(), out.data(), out.size() * sizeof(BFloat16)), 0) << name;
      }
      for (std::int64_t q = 0; q < tokens; ++q) {
        std::vector<double> weights;
        double sum = 0, largest = -1e30;
        for (std::int64_t k = 0; k < tokens; ++k) {
          double score = 0;
          for (std::int64_t c = 0; c < dim; ++c) score += head.At(q, c) * head.At(k, dim + c);
          weights.push_back(score / std::sqrt(double(dim)));
          largest = std::max(largest, weights.back());
        }
        for (double& weight : weights) sum += weight = std::exp(weight - largest);
        for (std::int64_t c = 0; c < dim; ++c) {
          double expected = 0;
          for (std::int64_t k = 0; k < tokens; ++k) {
            expected += weights[static_cast<std::size_t>(k)] / sum * head.At(k, 2 * dim + c);
          }
          ASSERT_NEAR(static_cast<float>(first[static_cast<std::size_t>(q * dim + c)]), expected, 0.02)
              << tokens << " tokens of " << dim << ": " << q << ' ' << c;
        }
      }
      const auto cls = head.Run(Implementations().front().kernels, 1, dim, 3 * dim);
      ASSERT_EQ(std::memcmp(first.data(), cls.data(), cls.size() * sizeof(BFloat16)), 0);
    }
  }
}

TEST_F(AmxAttention, GivesNanForANanAmongTheKeysAndBoundedWeightsForLargeScores) {
  for (const auto& [name, kernels] : Implementations()) {
    Head head(20, 64);
    for (std::int64_t c = 0; c < 2 * 64; ++c) {
      BFloat16& value = head.rows.data()[5 * head.stride + c];
      value = BFloat16(static_cast<float>(value) * 1000.0f);
    }
    for (const BFloat16 x : head.Run(kernels, 20, 0, 64)) ASSERT_LT(std::abs(static_cast<float>(x)), 8.0f) << name;
    head.rows.data()[7 * head.stride + 64 + 3] = BFloat16(std::numeric_limits<float>::quiet_NaN());
    for (const BFloat16 x : head.Run(kernels, 20, 0, 64)) ASSERT_TRUE(std::isnan(static_cast<float>(x))) << name;
  }
}

}  // namespace
}  // namespace valence::internal::amx
