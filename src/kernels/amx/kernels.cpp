// Packing, working memory, and which implementation runs here.
#include "kernels/amx/kernels.h"

#include <algorithm>
#include <atomic>
#include <string>
#include <vector>

#include "cpu/cpu_features.h"
#include "valence/error.h"

namespace valence::internal::amx {
namespace {

bool Has(std::initializer_list<const char*> names) {
  const auto features = CpuFeatures();
  return std::all_of(names.begin(), names.end(), [&](const char* name) {
    return std::find(features.begin(), features.end(), name) != features.end();
  });
}

bool HasAvx2() { return Has({"avx2", "fma"}); }
bool HasAvx512Bf16() { return Has({"avx2", "fma", "avx512f", "avx512bw", "avx512vl", "avx512_bf16"}); }

std::atomic<const Kernels*> chosen_for_test{nullptr};

}  // namespace

std::size_t AttentionFloats(std::int64_t keys, std::int64_t head_dim) {
  const std::int64_t key_steps = TilesOf(keys, kTileInner), inner_tiles = TilesOf(head_dim, kTileInner);
  const std::int64_t value_tiles = TilesOf(head_dim, kTileColumns);
  // Keys, values and queries in tiles; then for two blocks of 16 queries weights in bf16
  // and scores in f32, for one of them the context in f32.
  const std::int64_t tiles = 2 * key_steps * inner_tiles + key_steps * value_tiles + inner_tiles;
  const std::int64_t bytes = tiles * kTileBytes + kTileRows * (2 * key_steps * kTileInner * 6 + value_tiles * 16 * 4);
  return static_cast<std::size_t>(bytes) / sizeof(float);
}

void Pack(const float* weight, std::int64_t in, std::int64_t out, BFloat16* packed) {
  const std::int64_t column_tiles = 2 * TilesOf(out, kBlock), inner_tiles = TilesOf(in, kTileInner);
  const auto element = [&](std::int64_t column, std::int64_t k) {
    return column < out && k < in ? BFloat16(weight[column * in + k]) : BFloat16();
  };
  BFloat16* to = packed;
  for (std::int64_t column = 0; column < column_tiles * kTileColumns; column += kTileColumns) {
    for (std::int64_t k = 0; k < inner_tiles * kTileInner; k += 2) {
      for (std::int64_t c = 0; c < kTileColumns; ++c) {
        *to++ = element(column + c, k);
        *to++ = element(column + c, k + 1);
      }
    }
  }
}

const NamedKernels* KernelsForTest(std::size_t* count) {
  static const std::vector<NamedKernels> all = [] {
    std::vector<NamedKernels> found;
#if defined(__x86_64__)
    if (HasAvx2()) found.push_back({"AVX2", kSoftwareKernelsAvx2});
    if (HasAvx512Bf16()) found.push_back({"AVX-512", kSoftwareKernelsAvx512});
    if (Amx().tiles == AmxTiles::kHardware) found.push_back({"AMX", kHardwareKernels});
#endif
    return found;
  }();
  *count = all.size();
  return all.data();
}

void UseKernelsForTest(const Kernels* kernels) { chosen_for_test = kernels; }

const Kernels& KernelsHere() {
  if (const Kernels* const chosen = chosen_for_test.load(std::memory_order_relaxed)) return *chosen;
#if defined(__x86_64__)
  if (Amx().tiles == AmxTiles::kHardware) return kHardwareKernels;
#endif
  return SoftwareKernels();
}

const Kernels& SoftwareKernels() {
#if defined(__x86_64__)
  static const Kernels* const here = HasAvx512Bf16() ? &kSoftwareKernelsAvx512
                                     : HasAvx2()     ? &kSoftwareKernelsAvx2
                                                     : nullptr;
  if (here != nullptr) return *here;
#endif
  throw Error(ErrorCode::kUnsupportedCpu, "tiles in software: expected a CPU with AVX2 and FMA, found " + CpuBrand());
}

}  // namespace valence::internal::amx
