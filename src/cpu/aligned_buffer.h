// Memory for tensors: aligned to a cache line, not initialised.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>

namespace valence::internal {

template <class T>
class AlignedBuffer {
  static_assert(std::is_trivially_destructible_v<T>);

 public:
  AlignedBuffer() = default;
  // From 2 MB on it takes huge pages, if the system has them, unless told not to: memory of which little is written takes
  // less in small ones. Throws std::bad_alloc.
  explicit AlignedBuffer(std::size_t count, bool huge_pages = true) : size_(count) {
    if (count > (SIZE_MAX - kHugePage) / sizeof(T)) throw std::bad_alloc();
    const std::size_t bytes = (count * sizeof(T) + kCacheLine - 1) / kCacheLine * kCacheLine;
    if (bytes >= kOwnMapping) {
      data_ = {static_cast<T*>(Map(bytes, huge_pages && bytes >= kHugePage)), Free{bytes}};
      return;
    }
    void* memory = nullptr;
    if (posix_memalign(&memory, kCacheLine, bytes == 0 ? kCacheLine : bytes) != 0) throw std::bad_alloc();
    data_ = {static_cast<T*>(memory), Free{}};
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  std::size_t size() const { return size_; }
  T& operator[](std::size_t i) { return data_.get()[i]; }
  const T& operator[](std::size_t i) const { return data_.get()[i]; }
  std::span<T> span() { return {data(), size_}; }
  std::span<const T> span() const { return {data(), size_}; }

 private:
  static constexpr std::size_t kCacheLine = 64;
  static constexpr std::size_t kHugePage = std::size_t{2} << 20, kOwnMapping = std::size_t{128} << 10;
  struct Free {
    std::size_t mapped = 0;  // bytes; 0 for memory of malloc
    void operator()(T* p) const {
      if (mapped == 0) {
        std::free(p);
      } else {
        munmap(p, mapped);
      }
    }
  };

  // A mapping of its own goes back to the system when it is freed, where malloc keeps large blocks for a while.
  static void* Map(std::size_t bytes, bool huge_pages) {
    const std::size_t page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE)), end = (bytes + page - 1) / page * page;
    if (!huge_pages) {
      void* const small = mmap(nullptr, end, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      if (small == MAP_FAILED) throw std::bad_alloc();
      return small;
    }
    void* const memory = mmap(nullptr, bytes + kHugePage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    auto* const begin = static_cast<std::byte*>(memory);
    const std::size_t before = (kHugePage - reinterpret_cast<std::uintptr_t>(memory) % kHugePage) % kHugePage;
    if (before != 0) munmap(begin, before);
    munmap(begin + before + end, kHugePage - before);
    // Only advice, and only for whole huge pages: the last, partly filled one would cost memory.
    madvise(begin + before, bytes / kHugePage * kHugePage, MADV_HUGEPAGE);
    return begin + before;
  }

  std::unique_ptr<T, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace valence::internal
