// CPU facts, cgroup quotas, teams and tasks.
#include <gtest/gtest.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <latch>
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

TEST(Share, PartsCoverEverythingOnceInWholeBlocks) {
  for (const int size : {1, 2, 3, 5, 8}) {
    for (const std::int64_t count : {0, 1, 2, 63, 64, 65, 768, 1000}) {
      for (const std::int64_t block : {1, 64}) {
        std::int64_t expected = 0;
        for (int i = 0; i < size; ++i) {
          const auto [begin, end] = Share{i, size}.Of(count, block);
          EXPECT_EQ(begin, expected);
          EXPECT_TRUE(end == count || end % block == 0);
          expected = end;
        }
        EXPECT_EQ(expected, count);
      }
    }
  }
}

TEST(Team, DoesEachShareOnceAndAllBeforeTheNextStep) {
  for (const int size : {1, 2, 4, Team::kMaxSize}) {
    constexpr int kSteps = 20000;
    Team team(size);
    std::latch together(size);
    std::vector<std::atomic<int>> done(static_cast<std::size_t>(size));
    std::atomic<bool> wrong{false};
    const auto run = [&](int index) {
      TeamMember member(team, index);
      together.arrive_and_wait();
      for (int step = 0; step < kSteps; ++step) {
        member.Step([&](const Share& share) {
          if (share.size != size || done[static_cast<std::size_t>(share.index)]++ != step) wrong = true;
          for (const auto& count : done) {
            if (count != step && count != step + 1) wrong = true;
          }
        });
      }
    };
    {
      std::vector<std::jthread> members;
      for (int m = 0; m < size; ++m) members.emplace_back(run, m);
    }
    EXPECT_FALSE(wrong) << size;
    for (const auto& count : done) EXPECT_EQ(count, kSteps);
  }
}

// More steps than the team's state has numbers for.
TEST(Team, NeedsNoMemberThatDoesNotCome) {
  constexpr int kSteps = 70000;
  Team team(3);
  int shares = 0;
  TeamMember first(team, 0);
  for (int step = 0; step < kSteps; ++step) first.Step([&](const Share&) { ++shares; });
  EXPECT_EQ(shares, 3 * kSteps);
}

TEST(Team, GivesThoseWhoComeLateNothingOfWhatIsDone) {
  Team team(2);
  TeamMember first(team, 0), late(team, 1);
  for (int step = 0; step < 5; ++step) first.Step([](const Share&) {});
  std::jthread together([&] { first.Step([](const Share&) {}); });
  int shares = 0;
  for (int step = 0; step < 5; ++step) late.Step([&](const Share&) { ++shares; });
  EXPECT_EQ(shares, 0);
  late.Step([](const Share&) {});
}

TEST(Team, WaitsForAShareThatAnotherHasBegun) {
  Team team(2);
  std::atomic<bool> begun{false}, done{false};
  std::jthread slow([&] {
    TeamMember member(team, 1);
    member.Step([&](const Share& share) {
      if (share.is_first()) return;
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(50));  // longer than the other one spins
      done = true;
    });
  });
  while (!begun) std::this_thread::yield();
  TeamMember member(team, 0);
  member.Step([](const Share& share) { EXPECT_TRUE(share.is_first()); });
  EXPECT_TRUE(done);
}

TEST(Team, BreakFreesThoseWhoWait) {
  Team team(2);
  std::atomic<bool> begun{false};
  std::jthread failing([&] {
    TeamMember member(team, 1);
    const auto fail = [&](const Share&) {
      begun = true;
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
      throw std::runtime_error("a share failed");
    };
    EXPECT_THROW(member.Step(fail), std::runtime_error);
    team.Break();
  });
  while (!begun) std::this_thread::yield();
  TeamMember member(team, 0);
  EXPECT_THROW(member.Step([](const Share&) {}), TeamBroken);
  EXPECT_THROW(member.Step([](const Share&) {}), TeamBroken);
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
