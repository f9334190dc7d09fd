// The most that the CPU's tile unit computes: bf16 products of tiles that stay in registers.
#pragma once

#include <chrono>
#include <thread>
#include <vector>

#include "cpu/amx.h"

namespace valence::internal {

#if defined(__x86_64__)
// 64 products on four sums, so that none waits for another.
__attribute__((target("amx-tile,amx-bf16"))) inline void MultiplyTilesInRegisters() {
  for (int i = 0; i < 16; ++i) {
    asm volatile(
        "tdpbf16ps %tmm6, %tmm4, %tmm0\n\ttdpbf16ps %tmm7, %tmm4, %tmm1\n\t"
        "tdpbf16ps %tmm6, %tmm5, %tmm2\n\ttdpbf16ps %tmm7, %tmm5, %tmm3");
  }
}
#else
inline void MultiplyTilesInRegisters() {}
#endif

// FLOP a second of `threads` threads at once, measured for about `seconds`; 0 without AMX.
inline double AmxPeak(int threads, double seconds) {
  using Clock = std::chrono::steady_clock;
  if (Amx().tiles != AmxTiles::kHardware) return 0;
  std::vector<double> rates(static_cast<std::size_t>(threads));
  {
    std::vector<std::jthread> workers;
    for (double& rate : rates) {
      workers.emplace_back([seconds, &rate] {
        const AmxTileScope tiles;  // configuring them clears them
        double products = 0;
        const auto begin = Clock::now();
        std::chrono::duration<double> spent{0};
        do {
          for (int i = 0; i < 100; ++i) MultiplyTilesInRegisters();
          products += 6400;
          spent = Clock::now() - begin;
        } while (spent.count() < seconds);
        rate = products * 2 * 16 * 16 * 32 / spent.count();
      });
    }
  }
  double sum = 0;
  for (const double rate : rates) sum += rate;
  return sum;
}

}  // namespace valence::internal
