// Threads that take the next task until none is left.
#include "cpu/parallel.h"

#include <atomic>
#include <cstddef>
#include <exception>
#include <mutex>
#include <string>
#include <system_error>
#include <thread>
#include <vector>

#include "valence/error.h"

namespace valence::internal {

void RunAll(std::span<const std::function<void()>> tasks, int threads) {
  std::atomic<std::size_t> next{0};
  std::mutex error_mutex;
  std::exception_ptr error;
  const auto work = [&] {
    for (std::size_t i = next++; i < tasks.size(); i = next++) {
      try {
        tasks[i]();
      } catch (...) {
        const std::lock_guard lock(error_mutex);
        if (!error) error = std::current_exception();
        next = tasks.size();
      }
    }
  };
  {
    std::vector<std::jthread> others;
    try {
      // All on new threads: what a task sets for its thread must not change the caller's.
      for (int i = 0; i < threads; ++i) others.emplace_back(work);
    } catch (const std::system_error& refusal) {
      if (others.empty()) throw Error(ErrorCode::kRuntime, std::string("cannot start a thread: ") + refusal.what());
    }
  }
  if (error) std::rethrow_exception(error);
}

}  // namespace valence::internal
