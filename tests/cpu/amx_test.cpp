// When the tile unit may be used, and what VALENCE_MATMUL may say.
#include "cpu/amx.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

#include "cpu/matmul_setting.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

int Granted() { return 0; }
int Refused() { return EPERM; }
int FoundSmallStack() { return ENOSPC; }

TEST(Amx, IsUsedWhereTheCpuHasItAndLinuxGrantsIt) {
  const AmxState state = DecideAmx(nullptr, nullptr, /*cpu_has_amx=*/true, Granted);
  EXPECT_EQ(state.tiles, AmxTiles::kHardware);
  EXPECT_EQ(state.reason, "");
  EXPECT_EQ(DecideAmx("", "AVX512_CORE_AMX", true, Granted).tiles, AmxTiles::kHardware);
  EXPECT_EQ(DecideAmx("", "no such name", true, Granted).tiles, AmxTiles::kHardware);
}

TEST(Amx, SaysWhyItIsNotUsed) {
  EXPECT_EQ(DecideAmx(nullptr, nullptr, false, Granted).reason, "the CPU has no AMX");
  const AmxState refused = DecideAmx(nullptr, nullptr, true, Refused);
  EXPECT_EQ(refused.tiles, AmxTiles::kNone);
  EXPECT_EQ(refused.reason, "Linux refused the use of AMX: Operation not permitted");
  EXPECT_EQ(DecideAmx(nullptr, nullptr, true, FoundSmallStack).reason,
            "Linux refused the use of AMX: the sigaltstack(2) of a thread is too small");
  for (const char* limit : {"AVX2", "AVX512_CORE_BF16", "AVX512_CORE_FP16", "avx10_1_512"}) {
    EXPECT_EQ(DecideAmx(nullptr, limit, true, Granted).tiles, AmxTiles::kNone) << limit;
  }
  const AmxState limited = DecideAmx(nullptr, "avx512_core_bf16", true, Granted);
  EXPECT_EQ(limited.tiles, AmxTiles::kNone);
  EXPECT_EQ(limited.reason, "ONEDNN_MAX_CPU_ISA=avx512_core_bf16");
}

TEST(Amx, ALimitBelowAvx512Bf16IsLeftToOneDnn) {
  const char* const before = std::getenv("ONEDNN_MAX_CPU_ISA");
  const std::string value = before == nullptr ? "" : before;
  for (const char* limit : {"AVX2", "avx512_core", "AVX512_CORE_VNNI"}) {
    setenv("ONEDNN_MAX_CPU_ISA", limit, 1);
    EXPECT_TRUE(IsaLimitExcludesBf16()) << limit;
  }
  for (const char* limit : {"AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512", "AVX512_CORE_AMX", "ALL", "none"}) {
    setenv("ONEDNN_MAX_CPU_ISA", limit, 1);
    EXPECT_FALSE(IsaLimitExcludesBf16()) << limit;
  }
  before == nullptr ? unsetenv("ONEDNN_MAX_CPU_ISA") : setenv("ONEDNN_MAX_CPU_ISA", value.c_str(), 1);
}

TEST(Amx, IsSimulatedByTheTestHook) {
  EXPECT_EQ(DecideAmx("software", nullptr, false, Refused).tiles, AmxTiles::kSoftware);
  EXPECT_EQ(DecideAmx("software", "AVX2", false, Refused).tiles, AmxTiles::kNone);
  EXPECT_EQ(DecideAmx("refused", nullptr, false, Granted).reason,
            "Linux refused the use of AMX: Operation not permitted");
  EXPECT_THROW(DecideAmx("hardware", nullptr, true, Granted), Error);
}

TEST(Amx, IsEmulatedOnlyByAHandlerOfIllegalInstructions) {
  // On a CPU that has it there is nothing to emulate.
  EXPECT_EQ(DecideAmx("emulated", nullptr, true, Granted).tiles, AmxTiles::kHardware);
  EXPECT_EQ(DecideAmx("emulated", nullptr, true, Refused).tiles, AmxTiles::kNone);
  EXPECT_EQ(DecideAmx("emulated", "AVX2", false, Refused).tiles, AmxTiles::kNone);
  struct sigaction before, none = {};
  sigaction(SIGILL, &none, &before);
  try {
    DecideAmx("emulated", nullptr, false, Refused);
    ADD_FAILURE() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_NE(std::string(error.what()).find("VALENCE_TEST_AMX"), std::string::npos) << error.what();
  }
  sigaction(SIGILL, &before, nullptr);
}

#if defined(__x86_64__)
__attribute__((target("amx-tile"))) bool TilesAreConfigured() {
  alignas(64) unsigned char configuration[64];
  asm volatile("sttilecfg %0" : "=m"(configuration));
  return configuration[0] != 0;  // the palette
}
#else
bool TilesAreConfigured() { return false; }
#endif

TEST(AmxTileScope, ConfiguresTilesAndReleasesThemAtItsEndAndInPauses) {
  if (Amx().tiles != AmxTiles::kHardware) GTEST_SKIP() << "no AMX here: " << Amx().reason;
  EXPECT_FALSE(TilesAreConfigured());
  {
    const AmxTileScope scope;
    EXPECT_TRUE(TilesAreConfigured());
    { const AmxTileScope inner; }
    EXPECT_TRUE(TilesAreConfigured());
    {
      const AmxTilePause pause;
      EXPECT_FALSE(TilesAreConfigured());
    }
    EXPECT_TRUE(TilesAreConfigured());
    std::thread([] {
      { const AmxTileScope own; }  // before it, Linux lets the thread inherit the configuration
      EXPECT_FALSE(TilesAreConfigured());
    }).join();
    EXPECT_TRUE(TilesAreConfigured());
  }
  EXPECT_FALSE(TilesAreConfigured());
  { const AmxTilePause pause; }
  EXPECT_FALSE(TilesAreConfigured());
}

TEST(MatmulSetting, IsAmxOrOneDnnOrNothing) {
  EXPECT_EQ(ParseMatmulSetting(nullptr), MatmulSetting::kAuto);
  EXPECT_EQ(ParseMatmulSetting(""), MatmulSetting::kAuto);
  EXPECT_EQ(ParseMatmulSetting("onednn"), MatmulSetting::kOneDnn);
  EXPECT_EQ(ParseMatmulSetting("amx"), MatmulSetting::kAmx);
  try {
    ParseMatmulSetting("mkl");
    FAIL() << "accepted";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
    EXPECT_STREQ(error.what(), "environment variable VALENCE_MATMUL: expected amx, onednn or nothing, found mkl");
  }
}

}  // namespace
}  // namespace valence::internal
