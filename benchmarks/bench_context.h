// What every benchmark program prints about the machine, and the unit of its rates.
#pragma once

#include <benchmark/benchmark.h>

#include <string>

#include "valence/cpu_info.h"

namespace valence::internal {

inline void AddMachineContext() {
  const CpuInfo info = cpu_info();
  benchmark::AddCustomContext("cpu", info.brand);
  benchmark::AddCustomContext("isa", info.isa);
  benchmark::AddCustomContext("kernels", info.kernel_target);
  benchmark::AddCustomContext("precision", to_string(info.precision));
  benchmark::AddCustomContext("threads", std::to_string(info.threads));
}

// A counter that is divided by the time of all iterations.
inline benchmark::Counter PerSecond(double amount_each_iteration) {
  return benchmark::Counter(amount_each_iteration, benchmark::Counter::kIsIterationInvariantRate);
}

}  // namespace valence::internal
