// The emulator of tile instructions against plain loops and the rules of the manual. On a CPU with AMX the same tests
// run on its tile unit.
#include "emulator/tile_emulator.h"

#include <gtest/gtest.h>

#if defined(__x86_64__)
#include <bit>
#include <cmath>
#include <csignal>
#include <cstring>
#include <future>
#include <random>
#include <thread>
#include <vector>

#include "cpu/amx.h"
#include "cpu/bfloat16.h"

namespace valence::internal {
namespace {

struct alignas(64) Configuration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {};
  std::uint8_t rows[16] = {};

  Configuration& Set(int tile, int tile_rows, int tile_row_bytes) {
    rows[tile] = static_cast<std::uint8_t>(tile_rows);
    row_bytes[tile] = static_cast<std::uint16_t>(tile_row_bytes);
    return *this;
  }
};

struct alignas(64) Bytes {
  std::uint8_t row[16][64];

  template <class T>
  T At(int r, int i) const {
    T value;
    std::memcpy(&value, row[r] + i * static_cast<int>(sizeof(T)), sizeof(T));
    return value;
  }
};

Bytes Filled(std::uint8_t byte) {
  Bytes bytes;
  std::memset(&bytes, byte, sizeof bytes);
  return bytes;
}

Bytes Random(unsigned seed) {
  std::mt19937 generator(seed);
  Bytes bytes;
  for (auto& row : bytes.row) {
    for (auto& byte : row) byte = static_cast<std::uint8_t>(generator());
  }
  return bytes;
}

// Each row [16] of words of `T`.
template <class T, class Make>
Bytes Of(const Make& make) {
  Bytes bytes;
  for (auto& row : bytes.row) {
    for (std::size_t i = 0; i < 64 / sizeof(T); ++i) {
      const T value = make();
      std::memcpy(row + i * sizeof(T), &value, sizeof(T));
    }
  }
  return bytes;
}

void Configure(const Configuration& c) { asm volatile("ldtilecfg %0" ::"m"(c)); }
void Release() { asm volatile("tilerelease"); }

class TileEmulator : public testing::Test {
 protected:
  void SetUp() override {
    testing::FLAGS_gtest_death_test_style = "fast";
    if (Amx().tiles != AmxTiles::kHardware) {
      GTEST_SKIP() << "VALENCE_TEST_AMX=emulated runs this: " << (TilesAreEmulated() ? Amx().reason : "");
    }
  }
  void TearDown() override {
    if (!IsSkipped()) Release();
  }
};

TEST_F(TileEmulator, LoadsAndStoresTheConfiguredPartOfEachRow) {
  Configure(Configuration().Set(0, 16, 64).Set(3, 5, 12).Set(7, 16, 64));
  const Bytes from = Random(1);
  Bytes to = Filled(0xee);
  asm volatile("tileloadd (%0,%1,1), %%tmm0\n\ttilestored %%tmm0, (%2,%1,1)" ::"r"(from.row), "r"(64L), "r"(to.row)
               : "memory");
  EXPECT_EQ(std::memcmp(&from, &to, sizeof to), 0);
  to = Filled(0xee);
  asm volatile("tileloaddt1 (%0,%1,1), %%tmm3\n\ttilestored %%tmm3, (%2,%1,1)" ::"r"(from.row), "r"(64L), "r"(to.row)
               : "memory");
  for (int r = 0; r < 16; ++r) {
    for (int i = 0; i < 64; ++i) EXPECT_EQ(to.row[r][i], r < 5 && i < 12 ? from.row[r][i] : 0xee) << r << ' ' << i;
  }
  to = Filled(0xee);
  asm volatile("tileloadd (%0,%1,1), %%tmm7\n\ttilezero %%tmm7\n\ttilestored %%tmm7, (%2,%1,1)" ::"r"(from.row),
               "r"(64L), "r"(to.row)
               : "memory");
  const Bytes zeros = Filled(0);
  EXPECT_EQ(std::memcmp(&zeros, &to, sizeof to), 0);
}

// Base, index, scale and displacement, with registers of both halves.
TEST_F(TileEmulator, AddressesMemoryInEveryWay) {
  Configure(Configuration().Set(5, 2, 64));
  std::vector<std::uint8_t> memory(4096);
  for (std::size_t i = 0; i < memory.size(); ++i) memory[i] = static_cast<std::uint8_t>(i * 7 + i / 256);
  std::uint8_t to[128];
  const auto expect = [&](std::size_t first, std::size_t stride, const char* what) {
    asm volatile("tilestored %%tmm5, (%0,%1,1)\n\ttilezero %%tmm5" ::"r"(to), "r"(64L) : "memory");
    EXPECT_EQ(std::memcmp(to, memory.data() + first, 64), 0) << what;
    EXPECT_EQ(std::memcmp(to + 64, memory.data() + first + stride, 64), 0) << what;
  };
  const std::uint8_t* const m = memory.data();
  asm volatile("tileloadd (%0,%1,8), %%tmm5" ::"r"(m), "r"(100L) : "memory");
  expect(0, 800, "scale");
  asm volatile("tileloadd 100(%0,%1,2), %%tmm5" ::"r"(m), "r"(33L) : "memory");
  expect(100, 66, "displacement of one byte");
  asm volatile("tileloadd 1000(%0,%1,4), %%tmm5" ::"r"(m), "r"(64L) : "memory");
  expect(1000, 256, "displacement of four bytes");
  asm volatile("tileloadd -128(%0,%1,1), %%tmm5" ::"r"(m + 2000), "r"(-64L) : "memory");
  expect(1872, static_cast<std::size_t>(-64), "negative");
  asm volatile("mov %0, %%r13\n\tmov %1, %%r12\n\ttileloadd (%%r13,%%r12,1), %%tmm5" ::"r"(m), "r"(64L)
               : "memory", "r12", "r13");
  expect(0, 64, "r13, r12");
  asm volatile("mov %0, %%r15\n\tmov %1, %%r9\n\ttileloadd 64(%%r15,%%r9,1), %%tmm5" ::"r"(m), "r"(128L)
               : "memory", "r9", "r15");
  expect(64, 128, "r15, r9");
  asm volatile("push %%rbp\n\tmov %0, %%rbp\n\ttileloadd (%%rbp,%1,1), %%tmm5\n\tpop %%rbp" ::"r"(m), "r"(64L)
               : "memory");
  expect(0, 64, "rbp");
  asm volatile("tileloadd 512(%0), %%tmm5" ::"r"(m) : "memory");
  expect(512, 0, "no index");
}

TEST_F(TileEmulator, StoresItsConfigurationAndForgetsItWhenReleased) {
  const Configuration configuration = Configuration().Set(0, 3, 8).Set(6, 16, 64);
  Configuration stored;
  Configure(configuration);
  asm volatile("sttilecfg %0" : "=m"(stored));
  EXPECT_EQ(std::memcmp(&stored, &configuration, sizeof stored), 0);
  Release();
  asm volatile("sttilecfg %0" : "=m"(stored));
  const Configuration nothing{.palette = 0};
  EXPECT_EQ(std::memcmp(&stored, &nothing, sizeof stored), 0);
}

TEST_F(TileEmulator, MultipliesBf16AsTheManualSays) {
  std::mt19937 generator(3);
  std::normal_distribution<float> normal;
  const auto flushed = [](float x) { return std::fpclassify(x) == FP_SUBNORMAL ? std::copysign(0.0f, x) : x; };
  for (const int exponent : {0, -62, -70, -128, 63}) {
    for (const auto& [rows, columns, inner] : {std::array{16, 16, 16}, std::array{3, 5, 7}, std::array{1, 16, 2}}) {
      const auto bf16 = [&] { return BFloat16(std::ldexp(normal(generator), exponent)).bits; };
      const Bytes a = Of<std::uint16_t>(bf16), b = Of<std::uint16_t>(bf16),
                  c = Of<float>([&] { return std::ldexp(normal(generator), 2 * exponent); });
      Bytes to = Filled(0xee);
      Configure(Configuration().Set(2, rows, 4 * columns).Set(4, rows, 4 * inner).Set(1, inner, 4 * columns));
      asm volatile(
          "tileloadd (%0,%3,1), %%tmm4\n\ttileloadd (%1,%3,1), %%tmm1\n\ttileloadd (%2,%3,1), %%tmm2\n\t"
          "tdpbf16ps %%tmm1, %%tmm4, %%tmm2\n\ttilestored %%tmm2, (%4,%3,1)" ::"r"(a.row),
          "r"(b.row), "r"(c.row), "r"(64L), "r"(to.row)
          : "memory");
      const auto widened = [&](const Bytes& of, int r, int i) {
        return flushed(std::bit_cast<float>(std::uint32_t{of.At<std::uint16_t>(r, i)} << 16));
      };
      for (int m = 0; m < rows; ++m) {
        for (int n = 0; n < columns; ++n) {
          float halves[2] = {0, 0};
          for (int k = 0; k < 2 * inner; ++k) {
            halves[k % 2] = flushed(std::fma(widened(a, m, k), widened(b, k / 2, 2 * n + k % 2), halves[k % 2]));
          }
          const float expected = flushed(flushed(c.At<float>(m, n)) + flushed(halves[0] + halves[1]));
          const float got = to.At<float>(m, n);
          ASSERT_TRUE(std::bit_cast<std::uint32_t>(got) == std::bit_cast<std::uint32_t>(expected) ||
                      (std::isnan(got) && std::isnan(expected)))
              << exponent << ": " << m << ' ' << n << ' ' << got << ' ' << expected;
        }
      }
      EXPECT_EQ(to.row[rows - 1][4 * columns % 64], columns == 16 ? to.row[rows - 1][0] : 0xee);
    }
  }
}

TEST_F(TileEmulator, MultipliesSignedBytesAsTheManualSays) {
  for (const auto& [rows, columns, inner] : {std::array{16, 16, 16}, std::array{9, 11, 3}}) {
    const Bytes a = Random(4), b = Random(5), c = Random(6);
    Bytes to = Filled(0xee);
    Configure(Configuration().Set(7, rows, 4 * columns).Set(0, rows, 4 * inner).Set(6, inner, 4 * columns));
    asm volatile(
        "tileloadd (%0,%3,1), %%tmm0\n\ttileloadd (%1,%3,1), %%tmm6\n\ttileloadd (%2,%3,1), %%tmm7\n\t"
        "tdpbssd %%tmm6, %%tmm0, %%tmm7\n\ttilestored %%tmm7, (%4,%3,1)" ::"r"(a.row),
        "r"(b.row), "r"(c.row), "r"(64L), "r"(to.row)
        : "memory");
    for (int m = 0; m < rows; ++m) {
      for (int n = 0; n < columns; ++n) {
        auto expected = c.At<std::uint32_t>(m, n);
        for (int k = 0; k < 4 * inner; ++k) {
          expected += static_cast<std::uint32_t>(a.At<std::int8_t>(m, k) * b.At<std::int8_t>(k / 4, 4 * n + k % 4));
        }
        ASSERT_EQ(to.At<std::uint32_t>(m, n), expected) << m << ' ' << n;
      }
    }
  }
}

// Runs `work` in a thread that was created before `before` ran in this one: a new thread inherits the configuration of
// the thread that creates it, on Linux.
template <class Before, class Work>
void RunInOlderThread(const Before& before, const Work& work) {
  std::promise<void> done;
  std::thread older([&] {
    done.get_future().wait();
    work();
  });
  before();
  done.set_value();
  older.join();
}

// What a thread does to its tiles is not seen by another.
TEST_F(TileEmulator, HasATileUnitAThread) {
  const Bytes from = Random(7);
  Bytes to = Filled(0);
  RunInOlderThread(
      [&] {
        Configure(Configuration().Set(0, 16, 64));
        asm volatile("tileloadd (%0,%1,1), %%tmm0" ::"r"(from.row), "r"(64L) : "memory");
      },
      [] {
        Configuration stored;
        asm volatile("sttilecfg %0" : "=m"(stored));
        EXPECT_EQ(stored.palette, 0);
        Configure(Configuration().Set(0, 16, 64));
        asm volatile("tilezero %tmm0");
        Release();
      });
  asm volatile("tilestored %%tmm0, (%0,%1,1)" ::"r"(to.row), "r"(64L) : "memory");
  EXPECT_EQ(std::memcmp(&from, &to, sizeof to), 0);
}

using TileEmulatorDeathTest = TileEmulator;

TEST_F(TileEmulatorDeathTest, RefusesTilesThatAreNotConfigured) {
  const testing::KilledBySignal undefined(SIGILL);
  EXPECT_EXIT(asm volatile("tilezero %tmm0"), undefined, "");
  const Bytes from = Random(1);
  EXPECT_EXIT(asm volatile("tileloadd (%0,%1,1), %%tmm1" ::"r"(from.row), "r"(64L) : "memory"), undefined, "");
  EXPECT_EXIT(asm volatile("tdpbssd %tmm0, %tmm1, %tmm2"), undefined, "");
  Configure(Configuration().Set(0, 16, 64));
  asm volatile("tilezero %tmm0");
  EXPECT_EXIT(asm volatile("tilezero %tmm1"), undefined, "");
  Release();
  EXPECT_EXIT(
      RunInOlderThread([] { Configure(Configuration().Set(0, 16, 64)); }, [] { asm volatile("tilezero %tmm0"); }),
      undefined, "");
  Release();
  EXPECT_EXIT(asm volatile("tilezero %tmm0"), undefined, "");
}

TEST_F(TileEmulatorDeathTest, RefusesProductsOfTilesThatDoNotMatch) {
  const testing::KilledBySignal undefined(SIGILL);
  const auto product = [](const Configuration& configuration) {
    Configure(configuration);
    asm volatile("tdpbf16ps %tmm2, %tmm1, %tmm0");
  };
  const Configuration right = Configuration().Set(0, 4, 32).Set(1, 4, 24).Set(2, 6, 32);
  product(right);
  EXPECT_EXIT(product(Configuration(right).Set(0, 5, 32)), undefined, "");
  EXPECT_EXIT(product(Configuration(right).Set(0, 4, 36)), undefined, "");
  EXPECT_EXIT(product(Configuration(right).Set(1, 4, 28)), undefined, "");
  EXPECT_EXIT(product(Configuration(right).Set(2, 7, 32)), undefined, "");
  EXPECT_EXIT(product(Configuration(right).Set(0, 4, 30).Set(2, 6, 30)), undefined, "");
  Configuration all;
  for (int i = 0; i < 8; ++i) all.Set(i, 16, 64);
  Configure(all);
  // tdpbf16ps of tmm0, tmm1, tmm1: the assembler refuses to write it.
  EXPECT_EXIT(asm volatile(".byte 0xc4, 0xe2, 0x72, 0x5c, 0xc1"), undefined, "");
}

TEST_F(TileEmulatorDeathTest, RefusesConfigurationsThatTheManualForbids) {
  const testing::KilledBySignal protection(SIGSEGV);
  Configuration wrong[6];
  wrong[0].palette = 2;
  wrong[1].reserved[13] = 1;
  wrong[2].Set(0, 17, 64);
  wrong[3].Set(0, 16, 65);
  wrong[4].Set(0, 16, 0);
  wrong[5].Set(8, 16, 64);
  for (const Configuration& configuration : wrong) EXPECT_EXIT(Configure(configuration), protection, "");
}

TEST_F(TileEmulatorDeathTest, LeavesOtherIllegalInstructionsToTheSystem) {
  EXPECT_EXIT(asm volatile("ud2"), testing::KilledBySignal(SIGILL), "");
}

}  // namespace
}  // namespace valence::internal
#endif
