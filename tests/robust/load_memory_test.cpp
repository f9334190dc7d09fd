// How much more memory loading takes for a while than the loaded model does.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

#include "ops/implementation.h"
#include "ops/int8.h"
#include "reference/random_model.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

// A line of /proc/self/status, in kB.
long Status(const std::string& name) {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(name + ":")) return std::stol(line.substr(name.size() + 1));
  }
  return -1;
}

struct Memory {
  long peak = 0, resident = 0;  // kB
};

// In a process of its own, so that the peak is that of this load.
Memory MeasureLoad(const std::filesystem::path& folder, Precision precision) {
  int channel[2];
  if (pipe(channel) != 0) return {};
  const pid_t child = fork();
  if (child == 0) {
    alarm(300);
    Memory memory;
    try {
      const auto classifier = Classifier::load(folder, {.threads = 2, .precision = precision});
      memory = {Status("VmHWM"), Status("VmRSS")};
    } catch (...) {  // reported as a peak of 0
    }
    _exit(write(channel[1], &memory, sizeof memory) == sizeof memory ? 0 : 1);
  }
  Memory memory;
  if (read(channel[0], &memory, sizeof memory) != sizeof memory) memory = {};
  waitpid(child, nullptr, 0);
  close(channel[0]);
  close(channel[1]);
  return memory;
}

TEST(LoadMemory, PeaksAtMost64MegabytesAboveWhatStays) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "the sanitizers keep freed memory";
#endif
  const internal::TemporaryFolder folder;
  {
    internal::Config config;  // 6 layers, 768 wide
    config.vocab_size = 12000;
    internal::WriteModelFolder(folder.path(), internal::MakeRandomModel(config, 1, "F32"));
  }
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    if (precision == Precision::kBf16 && !internal::HasBf16Products()) continue;
    if (precision == Precision::kInt8 && !internal::HasInt8Products()) continue;
    const Memory memory = MeasureLoad(folder.path(), precision);
    std::printf("%s: peak %ld MB, then %ld MB\n", to_string(precision), memory.peak / 1024, memory.resident / 1024);
    EXPECT_GT(memory.peak, 0);
    EXPECT_LE(memory.peak - memory.resident, 64 * 1024) << to_string(precision);
  }
}

}  // namespace
}  // namespace valence
