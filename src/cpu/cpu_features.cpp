// CPUID and XGETBV; Intel SDM volume 2A "CPUID", volume 1 chapter 13 for the state bits.
#include "cpu/cpu_features.h"

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace valence::internal {

#if defined(__x86_64__)
namespace {

struct Registers {
  std::uint32_t eax = 0, ebx = 0, ecx = 0, edx = 0;
};

Registers Cpuid(std::uint32_t leaf, std::uint32_t subleaf = 0) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

bool Bit(std::uint32_t word, int bit) { return ((word >> bit) & 1u) != 0; }

// The register sets that the operating system saves in a context switch (XCR0).
std::uint64_t EnabledState() {
  if (!Bit(Cpuid(1).ecx, 27)) return 0;  // no OSXSAVE: XGETBV would fault
  std::uint32_t low = 0, high = 0;
  __asm__("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return (std::uint64_t{high} << 32) | low;
}

}  // namespace

std::string CpuBrand() {
  if (Cpuid(0x80000000u).eax < 0x80000004u) return {};
  char text[49] = {};
  for (std::uint32_t i = 0; i < 3; ++i) {
    const Registers r = Cpuid(0x80000002u + i);
    std::memcpy(text + 16 * i, &r, 16);
  }
  std::string brand(text);
  brand.erase(0, brand.find_first_not_of(' '));
  brand.erase(brand.find_last_not_of(' ') + 1);
  return brand;
}

std::vector<std::string> CpuFeatures() {
  constexpr std::uint64_t kYmmState = 0x6, kZmmState = 0xe6, kTileState = 0x60000;
  const Registers leaf1 = Cpuid(1), leaf7 = Cpuid(7), leaf7_1 = Cpuid(7, 1);
  const std::uint64_t enabled = EnabledState();
  const bool ymm = (enabled & kYmmState) == kYmmState;
  const bool zmm = (enabled & kZmmState) == kZmmState;
  const bool tile = (enabled & kTileState) == kTileState;
  const struct {
    const char* name;
    bool present;
  } known[] = {
      {"avx2", ymm && Bit(leaf7.ebx, 5)},         {"fma", ymm && Bit(leaf1.ecx, 12)},
      {"avx512f", zmm && Bit(leaf7.ebx, 16)},     {"avx512bw", zmm && Bit(leaf7.ebx, 30)},
      {"avx512vl", zmm && Bit(leaf7.ebx, 31)},    {"avx512_bf16", zmm && Bit(leaf7_1.eax, 5)},
      {"avx512_vnni", zmm && Bit(leaf7.ecx, 11)}, {"avx_vnni", ymm && Bit(leaf7_1.eax, 4)},
      {"amx_tile", tile && Bit(leaf7.edx, 24)},   {"amx_bf16", tile && Bit(leaf7.edx, 22)},
      {"amx_int8", tile && Bit(leaf7.edx, 25)},
  };
  std::vector<std::string> names;
  for (const auto& feature : known) {
    if (feature.present) names.emplace_back(feature.name);
  }
  return names;
}

#else

std::string CpuBrand() { return {}; }
std::vector<std::string> CpuFeatures() { return {}; }

#endif

}  // namespace valence::internal
