// How many CPUs this process may keep busy.
#pragma once

#include <filesystem>
#include <optional>

namespace valence::internal {

// The number of CPUs in the calling thread's affinity mask, limited by the cgroup's CPU quota (rounded down to whole
// CPUs); at least 1.
int UsableCpus();

// The smallest CPU quota of the cgroup in `proc_self_cgroup` and of its parents, in CPUs, from the files below
// `cgroup_root` (version 2: "cpu.max", version 1: "cpu.cfs_quota_us"); nullopt if there is none.
std::optional<double> CgroupCpuQuota(const std::filesystem::path& proc_self_cgroup,
                                     const std::filesystem::path& cgroup_root);

}  // namespace valence::internal
