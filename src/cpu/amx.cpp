// Linux, Documentation/arch/x86/xstate.rst "Using dynamically enabled XSTATE features".
#include "cpu/amx.h"

#include <strings.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string_view>

#include "cpu/cpu_features.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

int RequestPermission() {
#if defined(__x86_64__) && defined(SYS_arch_prctl)
  constexpr int kRequestPermission = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILE_DATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0 ? 0 : errno;
#else
  return ENOSYS;
#endif
}

// Whether something in the process handles illegal instructions, as the tests' emulator of AMX does.
bool HandlesIllegalInstructions() {
  struct sigaction action = {};
  return sigaction(SIGILL, nullptr, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN;
}

bool Has(const char* feature) {
  const auto features = CpuFeatures();
  return std::find(features.begin(), features.end(), feature) != features.end();
}

// Values of ONEDNN_MAX_CPU_ISA. An unknown one means no limit, as in oneDNN.
bool IsOneOf(const char* isa, std::initializer_list<const char*> names) {
  return isa != nullptr &&
         std::any_of(names.begin(), names.end(), [isa](const char* name) { return strcasecmp(isa, name) == 0; });
}
bool ExcludesBf16(const char* isa) {
  return IsOneOf(isa, {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_MIC", "AVX512_CORE",
                       "AVX512_MIC_4OPS", "AVX512_CORE_VNNI"});
}
bool ExcludesAmx(const char* isa) {
  return ExcludesBf16(isa) || IsOneOf(isa, {"AVX512_CORE_BF16", "AVX512_CORE_FP16", "AVX10_1_512"});
}
const char* IsaLimit() {
  const char* const limit = std::getenv("ONEDNN_MAX_CPU_ISA");
  return limit != nullptr ? limit : std::getenv("DNNL_MAX_CPU_ISA");
}

// Intel SDM volume 1, section 18.3 "Tile configuration", palette 1.
struct alignas(64) TileConfiguration {
  std::uint8_t palette = 1, start_row = 0, reserved[14] = {};
  std::uint16_t row_bytes[16] = {64, 64, 64, 64, 64, 64, 64, 64};
  std::uint8_t rows[16] = {16, 16, 16, 16, 16, 16, 16, 16};
};
static_assert(sizeof(TileConfiguration) == 64);

#if defined(__x86_64__)
// By assembly: the intrinsic of GCC 12 tells the compiler of the first eight bytes alone.
__attribute__((target("amx-tile"))) void Configure() {
  static const TileConfiguration configuration;
  asm volatile("ldtilecfg %0" ::"m"(configuration));
}
__attribute__((target("amx-tile"))) void Release() { asm volatile("tilerelease"); }
#else
void Configure() {}
void Release() {}
#endif

thread_local bool configured = false;

}  // namespace

AmxTileScope::AmxTileScope(bool needed) : configured_(needed && !configured && Amx().tiles == AmxTiles::kHardware) {
  if (!configured_) return;
  Configure();
  configured = true;
}
AmxTileScope::~AmxTileScope() {
  if (!configured_) return;
  configured = false;
  Release();
}

AmxTilePause::AmxTilePause() : paused_(configured) {
  if (paused_) Release();
}
AmxTilePause::~AmxTilePause() {
  if (paused_) Configure();
}

bool IsaLimitExcludesBf16() { return ExcludesBf16(IsaLimit()); }

bool CpuHasAmx() { return Has("amx_tile") && Has("amx_bf16") && Has("avx512_bf16"); }

AmxState DecideAmx(const char* test_hook, const char* isa_limit, bool cpu_has_amx, int (*request)()) {
  const std::string_view hook = test_hook == nullptr ? "" : test_hook;
  if (!hook.empty() && hook != "software" && hook != "emulated" && hook != "refused") {
    throw Error(
        ErrorCode::kInvalidArgument,
        "environment variable VALENCE_TEST_AMX: expected software, emulated or refused, found " + std::string(hook));
  }
  if (ExcludesAmx(isa_limit)) return {AmxTiles::kNone, std::string("ONEDNN_MAX_CPU_ISA=") + isa_limit};
  if (hook == "software") return {AmxTiles::kSoftware, {}};
  if (!cpu_has_amx && hook == "emulated") {
    if (!HandlesIllegalInstructions()) {
      throw Error(ErrorCode::kInvalidArgument,
                  "environment variable VALENCE_TEST_AMX: expected a handler of SIGILL for emulated, found none");
    }
    if (!Has("avx512_bf16")) return {AmxTiles::kNone, "the CPU has no AVX-512 bf16, which AMX is not emulated without"};
    return {AmxTiles::kHardware, {}};
  }
  if (!cpu_has_amx && hook.empty()) return {AmxTiles::kNone, "the CPU has no AMX"};
  const int refusal = hook == "refused" ? EPERM : request();
  if (refusal == 0) return {AmxTiles::kHardware, {}};
  const char* const why = refusal == ENOSPC ? "the sigaltstack(2) of a thread is too small" : std::strerror(refusal);
  return {AmxTiles::kNone, std::string("Linux refused the use of AMX: ") + why};
}

const AmxState& Amx() {
  static const AmxState state = DecideAmx(std::getenv("VALENCE_TEST_AMX"), IsaLimit(), CpuHasAmx(), RequestPermission);
  return state;
}

}  // namespace valence::internal
