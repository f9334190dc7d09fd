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

// Rows in tiles of equal height, at most kMost: a last tile of one row would leave the multipliers waiting.
// Tile<n>::Run computes n rows.
template <template <int> class Tile, int kMost>
struct Tiles {
  template <int kRows>
  static void RunOne(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                     const std::byte* panel, std::int32_t* sums) {
    if constexpr (kRows > 1) {
      if (rows < kRows) return RunOne<kRows - 1>(rows, depth, src, stride, panel, sums);
    }
    Tile<kRows>::Run(depth, src, stride, panel, sums);
  }

  static void Multiply(std::int64_t rows, std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                       const std::byte* panel, std::int32_t* sums, Int8Background& /*background*/) {
    const std::int64_t tiles = (rows + kMost - 1) / kMost;
    for (std::int64_t i = 0; i < tiles; ++i) {
      const std::int64_t begin = rows * i / tiles, end = rows * (i + 1) / tiles;
      RunOne<kMost>(end - begin, depth, src + begin * stride, stride, panel, sums + begin * kInt8Panel);
    }
  }
};

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
// products become two sums, which are added at the end. Rows are widened in pieces of kPiece, once for all columns.
constexpr std::int64_t kPiece = 256;

template <int kRows>
struct Avx512 {
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

template <int kRows>
struct Avx2 {
  [[gnu::target("avx2")]] static void Run(std::int64_t depth, const std::uint8_t* src, std::int64_t stride,
                                          const std::byte* panel, std::int32_t* sums) {
    alignas(64) std::int16_t wide[kRows][kPiece];
    for (std::int64_t first = 0; first < depth; first += kPiece) {
      const std::int64_t count = std::min(kPiece, depth - first);
      for (int r = 0; r < kRows; ++r) {
        for (std::int64_t k = 0; k < count; ++k) {
          wide[r][k] = static_cast<std::int8_t>(src[r * stride + first + k]);
        }
      }
      for (std::int64_t column = 0; column < kInt8Panel; column += 8) {
        const std::byte* weights = panel + kStep + first * kInt8Panel + 4 * column;
        __m256i s[kRows][2];
        HWY_UNROLL(8)
        for (int r = 0; r < kRows; ++r) s[r][0] = s[r][1] = _mm256_setzero_si256();
        for (std::int64_t k = 0; k < count; k += 4, weights += kStep) {
          const auto* from = reinterpret_cast<const __m128i*>(weights);
          const __m256i w0 = _mm256_cvtepi8_epi16(_mm_load_si128(from));
          const __m256i w1 = _mm256_cvtepi8_epi16(_mm_load_si128(from + 1));
          HWY_UNROLL(8)
          for (int r = 0; r < kRows; ++r) {
            long long four;
            std::memcpy(&four, &wide[r][k], sizeof(four));
            const __m256i x = _mm256_set1_epi64x(four);
            s[r][0] = _mm256_add_epi32(s[r][0], _mm256_madd_epi16(x, w0));
            s[r][1] = _mm256_add_epi32(s[r][1], _mm256_madd_epi16(x, w1));
          }
        }
        HWY_UNROLL(8)
        for (int r = 0; r < kRows; ++r) {
          auto* const to = reinterpret_cast<__m256i*>(sums + r * kInt8Panel + column);
          const __m256i sum = _mm256_permute4x64_epi64(_mm256_hadd_epi32(s[r][0], s[r][1]), 0xd8);
          _mm256_storeu_si256(to, first == 0 ? sum : _mm256_add_epi32(sum, _mm256_loadu_si256(to)));
        }
      }
    }
  }
};

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
  if (avx512 && has("avx512_vnni")) products.push_back({"avx512_vnni", 0x80, false, Tiles<Avx512Vnni, 6>::Multiply});
  if (has("avx_vnni")) products.push_back({"avx_vnni", 0x80, false, Tiles<AvxVnni, 6>::Multiply});
  if (avx512) products.push_back({"avx512", 0, false, Tiles<Avx512, 6>::Multiply});
  products.push_back({"avx2", 0, false, Tiles<Avx2, 4>::Multiply});
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
