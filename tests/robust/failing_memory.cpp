// Replaces the allocation functions by ones that count their calls and can be made to fail.
#include "robust/failing_memory.h"

#include <link.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <new>

namespace {

std::atomic<bool> counting{false};
std::atomic<std::size_t> calls_made{0}, calls_failed{0}, first_failure{0}, failure_count{0};

std::atomic<std::uintptr_t> onednn_begin{0}, onednn_end{0};

// Finds where oneDNN's code lies.
int FindOneDnn(dl_phdr_info* object, std::size_t, void*) {
  if (std::strstr(object->dlpi_name, "libdnnl") == nullptr) return 0;
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const auto& part = object->dlpi_phdr[i];
    if (part.p_type != PT_LOAD || (part.p_flags & PF_X) == 0) continue;
    onednn_begin = object->dlpi_addr + part.p_vaddr;
    onednn_end = onednn_begin + part.p_memsz;
  }
  return 1;
}

bool Fails(const void* caller) noexcept {
  if (!counting.load(std::memory_order_acquire)) return false;
  const auto address = reinterpret_cast<std::uintptr_t>(caller);
  if (address >= onednn_begin && address < onednn_end) return false;
  const std::size_t call = calls_made++;
  if (call - first_failure >= failure_count) return false;
  ++calls_failed;
  return true;
}

void* Allocate(std::size_t size, const void* caller) noexcept {
  return Fails(caller) ? nullptr : std::malloc(size == 0 ? 1 : size);
}

}  // namespace

namespace valence::internal {

FailingMemory::FailingMemory(std::size_t first, std::size_t count) {
  if (onednn_begin == 0) dl_iterate_phdr(FindOneDnn, nullptr);
  first_failure = first;
  failure_count = count;
  calls_made = calls_failed = 0;
  counting.store(true, std::memory_order_release);
}
FailingMemory::~FailingMemory() { counting = false; }
std::size_t FailingMemory::calls() const { return calls_made; }
std::size_t FailingMemory::failed() const { return calls_failed; }

}  // namespace valence::internal

// Not inlined: else GCC warns that free() gets a pointer from operator new.
[[gnu::noinline]] void* operator new(std::size_t size) {
  if (Fails(__builtin_return_address(0))) throw std::bad_alloc();
  while (true) {
    if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  return Allocate(size, __builtin_return_address(0));
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

// The sanitizers bring their own; there operator new alone fails.
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
extern "C" int posix_memalign(void** memory, std::size_t alignment, std::size_t size) noexcept {
  if (Fails(__builtin_return_address(0))) return ENOMEM;
  void* const found = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (found == nullptr) return ENOMEM;
  *memory = found;
  return 0;
}
extern "C" void* mmap(void* address, std::size_t length, int protection, int flags, int file, off_t offset) noexcept {
  if (Fails(__builtin_return_address(0))) {
    errno = ENOMEM;
    return MAP_FAILED;
  }
  return reinterpret_cast<void*>(syscall(SYS_mmap, address, length, protection, flags, file, offset));
}
#endif
