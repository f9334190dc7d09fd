// A new handler with something to give.
#include "out_of_memory.h"

#include <atomic>
#include <cstdlib>

namespace server {
namespace {

constexpr std::size_t kReserve = 1024 * 1024;
std::atomic<void*> reserve{nullptr};

void GiveReserve() {
  void* const given = reserve.exchange(nullptr);
  if (given == nullptr) throw std::bad_alloc();
  std::free(given);
}

}  // namespace

void KeepReserve() noexcept {
  if (reserve.load(std::memory_order_relaxed) != nullptr) return;
  void* const fresh = std::malloc(kReserve);
  void* none = nullptr;
  if (!reserve.compare_exchange_strong(none, fresh)) std::free(fresh);
  std::set_new_handler(GiveReserve);
}

}  // namespace server
