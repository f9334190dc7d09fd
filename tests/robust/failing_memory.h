// Makes chosen allocations fail: operator new, posix_memalign and mmap in the whole program, oneDNN included.
#pragma once

#include <cstddef>

namespace valence::internal {

// While it lives, the calls for memory are counted, those of all threads together, and some of them fail.
class FailingMemory {
 public:
  // Calls `first` to `first + count - 1` fail; the first one is call 0. No call fails with `count` 0.
  FailingMemory(std::size_t first, std::size_t count);
  ~FailingMemory();
  FailingMemory(const FailingMemory&) = delete;
  FailingMemory& operator=(const FailingMemory&) = delete;

  std::size_t calls() const;   // since the constructor
  std::size_t failed() const;  // of these
};

}  // namespace valence::internal
