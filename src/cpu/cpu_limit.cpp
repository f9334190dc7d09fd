// Affinity by sched_getaffinity(2); quota by cgroups(7) and Documentation/admin-guide/cgroup-v2.rst "cpu.max".
#include "cpu/cpu_limit.h"

#include <sched.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace valence::internal {
namespace {

int AffinityCpus() {
  // A machine may have more CPUs than cpu_set_t holds: grow the set until the kernel accepts its size.
  for (std::size_t cpus = 1024; cpus <= (std::size_t{1} << 20); cpus *= 4) {
    std::vector<unsigned long> mask(cpus / (8 * sizeof(unsigned long)));
    auto* set = reinterpret_cast<cpu_set_t*>(mask.data());
    const std::size_t bytes = mask.size() * sizeof(unsigned long);
    if (sched_getaffinity(0, bytes, set) == 0) return std::max(1, CPU_COUNT_S(bytes, set));
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

void Lower(std::optional<double>& quota, double found) { quota = quota ? std::min(*quota, found) : found; }

// "max 100000" or "150000 100000": microseconds of CPU time in each period.
void ReadVersion2(const std::filesystem::path& folder, std::optional<double>& quota) {
  std::ifstream file(folder / "cpu.max");
  double budget = 0, period = 0;
  if (file >> budget >> period && budget > 0 && period > 0) Lower(quota, budget / period);
}

void ReadVersion1(const std::filesystem::path& folder, std::optional<double>& quota) {
  std::ifstream quota_file(folder / "cpu.cfs_quota_us"), period_file(folder / "cpu.cfs_period_us");
  double budget = 0, period = 0;
  if (quota_file >> budget && period_file >> period && budget > 0 && period > 0) Lower(quota, budget / period);
}

}  // namespace

std::optional<double> CgroupCpuQuota(const std::filesystem::path& proc_self_cgroup,
                                     const std::filesystem::path& cgroup_root) {
  std::optional<double> quota;
  std::ifstream lines(proc_self_cgroup);
  for (std::string line; std::getline(lines, line);) {  // hierarchy:controllers:/path
    const auto first = line.find(':');
    const auto second = line.find(':', first == std::string::npos ? first : first + 1);
    if (second == std::string::npos) continue;
    std::string controllers(1, ',');
    controllers.append(line, first + 1, second - first - 1).append(1, ',');
    const bool version2 = controllers == ",,";
    if (!version2 && controllers.find(",cpu,") == std::string::npos) continue;
    const std::filesystem::path base = version2 ? cgroup_root : cgroup_root / "cpu";
    // The limits of all ancestors apply too. In a container the path may not exist; the root is then the container's.
    std::filesystem::path below;
    const auto read = version2 ? ReadVersion2 : ReadVersion1;
    read(base, quota);
    for (const auto& part : std::filesystem::path(line.substr(second + 1)).relative_path()) {
      below /= part;
      read(base / below, quota);
    }
  }
  return quota;
}

int UsableCpus() {
  int cpus = AffinityCpus();
  if (const auto quota = CgroupCpuQuota("/proc/self/cgroup", "/sys/fs/cgroup")) {
    cpus = std::min(cpus, std::max(1, static_cast<int>(std::min(*quota, 1e6))));
  }
  return cpus;
}

}  // namespace valence::internal
