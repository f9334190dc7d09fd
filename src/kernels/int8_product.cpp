// Tiles of rows and columns whose sums stay in registers, by the dot product instructions of each instruction set, or
// by 16-bit multiplications where there are none.
#include "kernels/int8_product.h"

#include <algorithm>
#include <cstring>
#include <vector>

#include "cpu/amx.h"
#include "cpu/cpu_features.h"
#include "hwy/base.h"
#include "kernels/amx/kernels.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace valence::internal {
namespace {

constexpr std::int64_t kStep = 4 * kInt8Panel;  // bytes of a panel for four elements of a row

std::int32_t FourBytes(const std::uint8_t* from) {
  std::int32_t bytes;
  std::memcpy(&bytes, from, sizeof(bytes));
  return bytes;
}

#if defined(__x86_64__)

// tile.operator()<n>(row) for n rows from `row` on, in tiles of equal height, at most kMost: a last tile of one row
// would leave the multipliers waiting.
template <int kMost, class Tile>
void ForEachTile(std::int64_t rows, const Tile& tile) {
  const auto run = [&tile]<int kRows>(const auto& self, std::int64_t row, std::int64_t count) -> void {
    if constexpr (kRows > 1) {
      if (count < kRows) return self.template operator()<kRows - 1>(self, row, count);
    }
    tile.template operator()<kRows>(row);
  };
  const std::int64_t tiles = (rows + kMost - 1) / kMost;
  for (std::int64_t i = 0; i < tiles; ++i) {
    const std::int64_t row = rows * i / tiles;
    run.template operator()<kMost>(run, row, rows * (i + 1) / tiles - row);
  }
}

// As Int8Product::multiply. Tile<n>::Run computes n rows, at most kMost.
template <template <int> class Tile, int kMost>
void Multiply(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
              const std::byte* panel, std::int32_t* sums, Int8Background& /*background*/) {
  ForEachTile<kMost>(rows, [&]<int kRows>(std::int64_t row) {
    Tile<kRows>::Run(depth, src + row * stride, stride, panel, sums + row * kInt8Panel);
  });
}

// VPDPBUSD: four products of an unsigned and a signed byte, added to an s32 without saturation. The sums start at -128
// times the columns' sums, which takes the 128 out again.
template <int kRows>
struct Avx512Vnni {
  [[gnu::target("avx512f,avx512bw,avx512vnni")]] static void Run(std::int64_t depth, const std::uint8_t* src,
                                                                 std::int64_t stride, const std::byte* panel,
                                                                 std::int32_t* sums) {
    __m512i s[kRows][4];
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      HWY_UNROLL(4)
      for (int v = 0; v < 4; ++v) s[r][v] = _mm512_load_si512(panel + 64 * v);
    }
    panel += kStep;
    for (std::int64_t k = 0; k < depth; k += 4, panel += kStep) {
      __m512i w[4];
      HWY_UNROLL(4)
      for (int v = 0; v < 4; ++v) w[v] = _mm512_load_si512(panel + 64 * v);
      HWY_UNROLL(8)
      for (int r = 0; r < kRows; ++r) {
        const __m512i x = _mm512_set1_epi32(FourBytes(src + r * stride + k));
        HWY_UNROLL(4)
        for (int v = 0; v < 4; ++v) s[r][v] = _mm512_dpbusd_epi32(s[r][v], x, w[v]);
      }
    }
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      HWY_UNROLL(4)
      for (int v = 0; v < 4; ++v) _mm512_storeu_si512(sums + r * kInt8Panel + 16 * v, s[r][v]);
    }
  }
};

// The same instruction on half as wide registers, of which there are half as many: 16 columns at a time.
template <int kRows>
struct AvxVnni {
  [[gnu::target("avx2,avxvnni")]] static void Run(std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                                                  const std::byte* panel, std::int32_t* sums) {
    for (std::int64_t column = 0; column < kInt8Panel; column += 16) {
      const auto* weights = reinterpret_cast<const __m256i*>(panel + 4 * column);
      __m256i s[kRows][2];
      HWY_UNROLL(8)
      for (int r = 0; r < kRows; ++r) {
        s[r][0] = _mm256_load_si256(weights);
        s[r][1] = _mm256_load_si256(weights + 1);
      }
      for (std::int64_t k = 0; k < depth; k += 4) {
        weights += kStep / 32;
        const __m256i w0 = _mm256_load_si256(weights), w1 = _mm256_load_si256(weights + 1);
        HWY_UNROLL(8)
        for (int r = 0; r < kRows; ++r) {
          const __m256i x = _mm256_set1_epi32(FourBytes(src + r * stride + k));
          s[r][0] = _mm256_dpbusd_avx_epi32(s[r][0], x, w0);
          s[r][1] = _mm256_dpbusd_avx_epi32(s[r][1], x, w1);
        }
      }
      HWY_UNROLL(8)
      for (int r = 0; r < kRows; ++r) {
        auto* const to = reinterpret_cast<__m256i*>(sums + r * kInt8Panel + column);
        _mm256_storeu_si256(to, s[r][0]);
        _mm256_storeu_si256(to + 1, s[r][1]);
      }
    }
  }
};

// Without dot products: rows and weights widened to 16 bits, whose products VPMADDWD adds in pairs. A column's four
// products become two sums, which are added at the end. Rows are widened in pieces, once for all columns.
template <int kRows>
struct Avx512 {
  static constexpr std::int64_t kPiece = 256;

  [[gnu::target("avx512f,avx512bw")]] static void Run(std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                                                      const std::byte* panel, std::int32_t* sums) {
    alignas(64) std::int16_t wide[kRows][kPiece];
    for (std::int64_t first = 0; first < depth; first += kPiece) {
      const std::int64_t count = std::min(kPiece, depth - first);
      for (int r = 0; r < kRows; ++r) {
        for (std::int64_t k = 0; k < count; ++k) {
          wide[r][k] = static_cast<std::int8_t>(src[r * stride + first + k]);
        }
      }
      for (std::int64_t column = 0; column < kInt8Panel; column += 16) {
        const std::byte* weights = panel + kStep + first * kInt8Panel + 4 * column;
        __m512i s[kRows][2];
        HWY_UNROLL(8)
        for (int r = 0; r < kRows; ++r) s[r][0] = s[r][1] = _mm512_setzero_si512();
        for (std::int64_t k = 0; k < count; k += 4, weights += kStep) {
          const auto* from = reinterpret_cast<const __m256i*>(weights);
          const __m512i w0 = _mm512_cvtepi8_epi16(_mm256_load_si256(from));
          const __m512i w1 = _mm512_cvtepi8_epi16(_mm256_load_si256(from + 1));
          HWY_UNROLL(8)
          for (int r = 0; r < kRows; ++r) {
            long long four;
            std::memcpy(&four, &wide[r][k], sizeof(four));
            const __m512i x = _mm512_set1_epi64(four);
            s[r][0] = _mm512_add_epi32(s[r][0], _mm512_madd_epi16(x, w0));
            s[r][1] = _mm512_add_epi32(s[r][1], _mm512_madd_epi16(x, w1));
          }
        }
        const __m512i even = _mm512_setr_epi32(0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30);
        const __m512i odd = _mm512_setr_epi32(1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31);
        HWY_UNROLL(8)
        for (int r = 0; r < kRows; ++r) {
          std::int32_t* const to = sums + r * kInt8Panel + column;
          const __m512i sum = _mm512_add_epi32(_mm512_permutex2var_epi32(s[r][0], even, s[r][1]),
                                               _mm512_permutex2var_epi32(s[r][0], odd, s[r][1]));
          _mm512_storeu_si512(to, first == 0 ? sum : _mm512_add_epi32(sum, _mm512_loadu_si512(to)));
        }
      }
    }
  }
};

// Sixteen columns of a piece of the weights, widened once for all tiles of rows, and the rows, once for all columns.
struct Avx2Piece {
  static constexpr std::int64_t kMost = 384;

  std::int64_t first, count;  // of the depth
  const std::int16_t* rows;   // kMost apart
  __m256i* weights;           // [count / 4, 4]
};

// sum += x, in place: from the intrinsic GCC 12 makes sums in other registers, and copies all of them back in every
// step.
[[gnu::target("avx2"), gnu::always_inline]] inline void AddTo(__m256i& sum, __m256i x) {
  __asm__("vpaddd %1, %0, %0" : "+x"(sum) : "x"(x));
}

// The tile of kRows rows from `row` on. The first tile of these columns, at `panel`, widens their weights.
template <int kRows, bool kFirst>
[[gnu::target("avx2")]] void Avx2Tile(const Avx2Piece& piece, std::int64_t row, const std::byte* panel,
                                      std::int32_t* sums) {
  const std::int16_t* const rows = piece.rows + row * Avx2Piece::kMost;
  __m256i* weights = piece.weights;
  __m256i s[kRows][4] = {};
  for (std::int64_t k = 0; k < piece.count; k += 4, weights += 4) {
    if constexpr (kFirst) {
      const auto* const from = reinterpret_cast<const __m128i*>(panel + k * kInt8Panel);
      HWY_UNROLL(4)
      for (int v = 0; v < 4; ++v) weights[v] = _mm256_cvtepi8_epi16(_mm_load_si128(from + v));
    }
    HWY_UNROLL(8)
    for (int r = 0; r < kRows; ++r) {
      long long four;
      std::memcpy(&four, rows + r * Avx2Piece::kMost + k, sizeof(four));
      const __m256i x = _mm256_set1_epi64x(four);
      HWY_UNROLL(4)
      for (int v = 0; v < 4; ++v) AddTo(s[r][v], _mm256_madd_epi16(x, weights[v]));
    }
  }
  HWY_UNROLL(8)
  for (int r = 0; r < kRows; ++r) {
    HWY_UNROLL(2)
    for (int v = 0; v < 2; ++v) {
      auto* const to = reinterpret_cast<__m256i*>(sums + (row + r) * kInt8Panel) + v;
      const __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(s[r][2 * v], s[r][2 * v + 1]), 0xd8);
      _mm256_storeu_si256(to, piece.first == 0 ? sum : _mm256_add_epi32(sum, _mm256_loadu_si256(to)));
    }
  }
}

// `count` is a multiple of 4.
[[gnu::target("avx2")]] void Widen(std::int64_t count, const std::uint8_t* from, std::int16_t* to) {
  std::int64_t k = 0;
  for (; k + 16 <= count; k += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(from + k));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(to + k), _mm256_cvtepi8_epi16(bytes));
  }
  for (; k < count; k += 4) {
    _mm_storel_epi64(reinterpret_cast<__m128i*>(to + k), _mm_cvtepi8_epi16(_mm_cvtsi32_si128(FourBytes(from + k))));
  }
}

void MultiplyAvx2(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                  const std::byte* panel, std::int32_t* sums, Int8Background& /*background*/) {
  alignas(64) std::int16_t wide[Int8Product::kMostRows * Avx2Piece::kMost];
  alignas(64) __m256i weights[Avx2Piece::kMost];
  for (std::int64_t first = 0; first < depth; first += Avx2Piece::kMost) {
    const Avx2Piece piece{first, std::min(Avx2Piece::kMost, depth - first), wide, weights};
    for (std::int64_t r = 0; r < rows; ++r) Widen(piece.count, src + r * stride + first, wide + r * Avx2Piece::kMost);
    for (std::int64_t column = 0; column < kInt8Panel; column += 16) {
      const std::byte* const from = panel + kStep + first * kInt8Panel + 4 * column;
      ForEachTile<3>(rows, [&]<int kRows>(std::int64_t row) {
        const auto tile = row == 0 ? &Avx2Tile<kRows, true> : &Avx2Tile<kRows, false>;
        tile(piece, row, from, sums + column);
      });
    }
  }
}

std::vector<Int8Product> FindProducts() {
  const auto features = CpuFeatures();
  const auto has = [&](const char* name) {
    return std::find(features.begin(), features.end(), name) != features.end();
  };
  const bool avx512 = has("avx512f") && has("avx512bw");
  std::vector<Int8Product> products;
  if (!has("avx2") || !has("fma")) return products;  // all else that int8 computes needs these
  if (Amx().tiles == AmxTiles::kHardware && (has("amx_int8") || !CpuHasAmx())) {  // else it is emulated
    products.push_back({"amx_int8", 0, true, amx::kHardwareKernels.multiply_int8});
  }
  if (avx512 && has("avx512_vnni")) products.push_back({"avx512_vnni", 0x80, false, Multiply<Avx512Vnni, 6>});
  if (has("avx_vnni")) products.push_back({"avx_vnni", 0x80, false, Multiply<AvxVnni, 6>});
  if (avx512) products.push_back({"avx512", 0, false, Multiply<Avx512, 6>});
  products.push_back({"avx2", 0, false, MultiplyAvx2});
  products.insert(Amx().tiles == AmxTiles::kSoftware ? products.begin() : products.end(),
                  {"amx_software", 0, true, amx::SoftwareKernels().multiply_int8});
  return products;
}

#else

std::vector<Int8Product> FindProducts() { return {}; }

#endif

}  // namespace

std::span<const Int8Product> Int8Products() {
  static const std::vector<Int8Product> products = FindProducts();
  return products;
}

Int8Matrix::Int8Matrix(std::int64_t in, std::int64_t out, const std::int8_t* weight, std::int64_t stride)
    : in_(in), out_(out) {
  const std::int64_t panels = (out + kInt8Panel - 1) / kInt8Panel;
  data_ = AlignedBuffer<std::byte>(static_cast<std::size_t>(panels * PanelBytes()));
  std::fill_n(data_.data(), data_.size(), std::byte{0});
  for (std::int64_t n = 0; n < out; ++n) {
    std::byte* const panel = data_.data() + n / kInt8Panel * PanelBytes();
    std::byte* const to = panel + kStep + n % kInt8Panel * 4;
    std::int32_t sum = 0;
    for (std::int64_t k = 0; k < in; ++k) {
      const std::int8_t value = weight[n * stride + k];
      to[k / 4 * kStep + k % 4] = static_cast<std::byte>(value);
      sum += value;
    }
    const std::int32_t start = -128 * sum;
    std::memcpy(panel + n % kInt8Panel * 4, &start, sizeof(start));
  }
}

}  // namespace valence::internal
