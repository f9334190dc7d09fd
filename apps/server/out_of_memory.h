// What must happen although no memory is left.
#pragma once

#include <chrono>
#include <exception>
#include <memory>
#include <new>
#include <thread>

#include "message.h"

namespace server {

// Tries for up to a second, while memory is short; `step` may be run several times. For threads on which an exception
// would end the program, or lose an answer. Other exceptions are dropped. Returns whether the step ended.
template <class Step>
bool Insist(Step&& step) noexcept {
  constexpr auto kPause = std::chrono::milliseconds(10);
  for (int tries = 0; tries < 100; ++tries) {
    try {
      step();
      return true;
    } catch (const std::bad_alloc&) {
      std::this_thread::sleep_for(kPause);
    } catch (...) {
      return false;
    }
  }
  return false;
}

// Memory for what cannot be refused: nlohmann/json allocates in its destructors, where an exception ends the program.
// The first allocation that fails gets it, and those behind that, on the way to the answer 503, find some again. Called
// before each request; replaces the process's new handler.
void KeepReserve() noexcept;

inline Response OutOfMemory() { return ErrorResponse(503, "overloaded", "out of memory"); }

}  // namespace server
