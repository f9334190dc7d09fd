// Runs independent tasks on a few threads that end with them: for loading, not for answering.
#pragma once

#include <functional>
#include <span>

namespace valence::internal {

// Returns when all are done; rethrows the first exception, after which no further task is begun.
void RunAll(std::span<const std::function<void()>> tasks, int threads);

}  // namespace valence::internal
