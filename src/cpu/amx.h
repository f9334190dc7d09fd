// Whether this process may use the CPU's tile unit (AMX), and if not, why.
#pragma once

#include <string>

namespace valence::internal {

enum class AmxTiles { kNone, kHardware, kSoftware };

struct AmxState {
  AmxTiles tiles = AmxTiles::kNone;
  std::string reason;  // why there are none, e.g. "the CPU has no AMX"; empty if there are
};

// Decided once for the process: the CPU has AMX with bf16, ONEDNN_MAX_CPU_ISA allows it, and Linux grants its use on
// request (arch_prctl(2), ARCH_REQ_XCOMP_PERM). Threads and forked processes inherit the permission.
// For tests VALENCE_TEST_AMX overrides the CPU: "software" computes the tile instructions in plain C++, with the bits
// of the hardware; "emulated" executes them, for a program whose handler of SIGILL emulates them (tests/emulator);
// "refused" behaves as on a CPU with AMX whose use Linux refuses. Throws Error kInvalidArgument for any other value,
// and for "emulated" without such a handler.
const AmxState& Amx();

// The decision itself. `test_hook`: the value of VALENCE_TEST_AMX or null; `isa_limit`: that of ONEDNN_MAX_CPU_ISA or
// null; `request`: asks for permission and returns 0 or an errno value.
AmxState DecideAmx(const char* test_hook, const char* isa_limit, bool cpu_has_amx, int (*request)());

// Whether the CPU has AMX with bf16, whatever is allowed.
bool CpuHasAmx();

// Whether ONEDNN_MAX_CPU_ISA (or DNNL_MAX_CPU_ISA, its older name) excludes AVX-512 bf16, and so AMX.
bool IsaLimitExcludesBf16();

// Configures the calling thread's eight tiles of 16 rows of 64 bytes, where they are the CPU's own, and releases them
// at the end: a thread that holds tiles makes each of its context switches dearer. Does nothing inside another scope.
class AmxTileScope {
 public:
  explicit AmxTileScope(bool needed = true);
  ~AmxTileScope();
  AmxTileScope(const AmxTileScope&) = delete;
  AmxTileScope& operator=(const AmxTileScope&) = delete;

 private:
  const bool configured_;
};

// Released for as long as this lives, where the thread has configured them: for a thread that goes to sleep inside an
// AmxTileScope. What the tiles held is lost.
class AmxTilePause {
 public:
  AmxTilePause();
  ~AmxTilePause();
  AmxTilePause(const AmxTilePause&) = delete;
  AmxTilePause& operator=(const AmxTilePause&) = delete;

 private:
  const bool paused_;
};

}  // namespace valence::internal
