// How many CPUs this process may keep busy.
#pragma once

#include <filesystem>
#include <optional>

namespace valence::internal {

// The CPUs of the calling thread's affinity mask, cut down to the cgroup's CPU quota (whole CPUs, rounded down); at
// least 1.
int UsableCpus();

// The quota in CPUs that the cgroup of the process described by `proc_self_cgroup` and its parents set, by the
// files below `cgroup_root` (version 2 "cpu.max", version 1 "cpu.cfs_quota_us"); nullopt where there is none.
std::optional<double> CgroupCpuQuota(const std::filesystem::path& proc_self_cgroup,
                                     const std::filesystem::path& cgroup_root);

}  // namespace valence::internal
