// Runs independent tasks on a few temporary threads. Used for loading, not for classifying.
#pragma once

#include <functional>
#include <span>

namespace valence::internal {

// Returns when all tasks are done. After an exception it starts no further task, and rethrows the first exception.
void RunAll(std::span<const std::function<void()>> tasks, int threads);

}  // namespace valence::internal
