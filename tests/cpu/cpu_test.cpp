// CPU facts, cgroup quotas, teams and tasks.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "cpu/cpu_features.h"
#include "cpu/cpu_limit.h"
#include "cpu/parallel.h"
#include "cpu/team.h"

namespace valence::internal {
namespace {

namespace fs = std::filesystem;

TEST(CpuFeatures, AgreeWithTheKernel) {
  std::ifstream cpuinfo("/proc/cpuinfo");
  std::string flags, brand;
  for (std::string line; std::getline(cpuinfo, line);) {
    if (line.starts_with("flags")) flags = line + " ";
    if (line.starts_with("model name")) brand = line.substr(line.find(':') + 2);
  }
  if (flags.empty()) GTEST_SKIP() << "no flags in /proc/cpuinfo";
  EXPECT_EQ(CpuBrand(), brand);
  const auto features = CpuFeatures();
  for (const char* name : {"avx2", "fma", "avx_vnni", "avx512f", "avx512bw", "avx512vl", "avx512_bf16", "avx512_vnni",
                           "amx_tile", "amx_bf16", "amx_int8"}) {
    const bool found = std::find(features.begin(), features.end(), name) != features.end();
    EXPECT_EQ(found, flags.find(std::string(" ") + name + " ") != std::string::npos) << name;
  }
}

class CgroupFiles : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / ("valence-cgroup-" + std::to_string(getpid()));
    fs::create_directories(root_);
  }
  void TearDown() override { fs::remove_all(root_); }

  void Write(const fs::path& path, const std::string& text) const {
    fs::create_directories((root_ / path).parent_path());
    std::ofstream(root_ / path) << text;
  }

  fs::path root_;
};

TEST_F(CgroupFiles, Version2TakesTheSmallestQuotaOnTheWayUp) {
  Write("self", "0::/a/b\n");
  Write("fs/a/cpu.max", "150000 100000\n");
  Write("fs/a/b/cpu.max", "max 100000\n");
  EXPECT_EQ(CgroupCpuQuota(root_ / "self", root_ / "fs"), 1.5);
  Write("fs/a/b/cpu.max", "50000 100000\n");
  EXPECT_EQ(CgroupCpuQuota(root_ / "self", root_ / "fs"), 0.5);
}

TEST_F(CgroupFiles, Version1ReadsTheCpuController) {
  Write("self", "5:memory:/x\n3:cpu,cpuacct:/x\n");
  Write("fs/cpu/x/cpu.cfs_quota_us", "300000\n");
  Write("fs/cpu/x/cpu.cfs_period_us", "100000\n");
  EXPECT_EQ(CgroupCpuQuota(root_ / "self", root_ / "fs"), 3.0);
  Write("fs/cpu/x/cpu.cfs_quota_us", "-1\n");
  EXPECT_EQ(CgroupCpuQuota(root_ / "self", root_ / "fs"), std::nullopt);
}

TEST_F(CgroupFiles, NoFilesOrGarbageMeanNoQuota) {
  EXPECT_EQ(CgroupCpuQuota(root_ / "self", root_ / "fs"), std::nullopt);
  Write("self", "nonsense\n0::/a\n::\n");
  Write("fs/a/cpu.max", "much more\n");
  EXPECT_EQ(CgroupCpuQuota(root_ / "self", root_ / "fs"), std::nullopt);
}

TEST(UsableCpus, FollowsTheAffinityMask) {
  cpu_set_t before;
  ASSERT_EQ(sched_getaffinity(0, sizeof(before), &before), 0);
  EXPECT_GE(UsableCpus(), 1);
  EXPECT_LE(UsableCpus(), CPU_COUNT(&before));
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof(one), &one), 0);
  EXPECT_EQ(UsableCpus(), 1);
  ASSERT_EQ(sched_setaffinity(0, sizeof(before), &before), 0);
}

TEST(TeamMember, SharesCoverEverythingOnceInWholeBlocks) {
  for (const int size : {1, 2, 3, 5, 8}) {
    Team team(size);
    for (const std::int64_t count : {0, 1, 2, 63, 64, 65, 768, 1000}) {
      for (const std::int64_t block : {1, 64}) {
        std::int64_t expected = 0;
        for (int i = 0; i < size; ++i) {
          const auto [begin, end] = TeamMember{&team, i}.Share(count, block);
          EXPECT_EQ(begin, expected);
          EXPECT_TRUE(end == count || end % block == 0);
          expected = end;
        }
        EXPECT_EQ(expected, count);
      }
    }
  }
}

TEST(Team, NoMemberPassesABarrierBeforeAllHaveCome) {
  Team team(4);
  std::atomic<int> arrived{0};
  std::atomic<bool> wrong{false};
  {
    std::vector<std::jthread> members;
    for (int m = 0; m < 4; ++m) {
      members.emplace_back([&] {
        for (int round = 1; round <= 500; ++round) {
          ++arrived;
          team.Barrier();
          if (arrived < 4 * round) wrong = true;
          team.Barrier();
        }
      });
    }
  }
  EXPECT_FALSE(wrong);
  EXPECT_EQ(arrived, 2000);
}

TEST(Team, BreakFreesThoseWhoWait) {
  Team team(2);
  std::jthread waiting([&] { EXPECT_THROW(team.Barrier(), TeamBroken); });
  std::this_thread::sleep_for(std::chrono::milliseconds(20));
  team.Break();
}

TEST(RunAll, RunsEveryTaskOnceAndRethrows) {
  std::vector<std::atomic<int>> counts(100);
  std::vector<std::function<void()>> tasks;
  for (auto& count : counts) tasks.push_back([&count] { ++count; });
  RunAll(tasks, 3);
  for (const auto& count : counts) EXPECT_EQ(count, 1);
  tasks[50] = [] { throw std::runtime_error("task 50"); };
  EXPECT_THROW(RunAll(tasks, 3), std::runtime_error);
}

}  // namespace
}  // namespace valence::internal
