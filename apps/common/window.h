// How many inputs are classified in one call: few at first, for a short latency, then many, for a high throughput.
#pragma once

#include <algorithm>
#include <cstddef>
#include <exception>
#include <utility>
#include <vector>

namespace common {

class Window {
 public:
  static constexpr std::size_t kLargest = 1024;  // inputs
  static constexpr std::size_t kBytes = 256 << 10;

  // Takes inputs from `next()`, which returns an optional, until there are no more, or `ready()` says that the next one
  // has not arrived yet, or the limit in inputs or in bytes (`size_of(input)`) is reached. So it waits for the first
  // input only. The result is empty at the end of the input. An exception of `next` or `ready` loses no input: it is
  // thrown where the next window would begin.
  template <class Next, class Ready, class SizeOf>
  auto Take(Next next, Ready ready, SizeOf size_of) {
    if (failure_) std::rethrow_exception(std::exchange(failure_, nullptr));
    std::vector<typename decltype(next())::value_type> inputs;
    std::size_t bytes = 0;
    try {
      for (auto input = next(); input; input = next()) {
        bytes += size_of(*input);
        inputs.push_back(std::move(*input));
        if (inputs.size() == limit_ || bytes >= kBytes || !ready()) break;
      }
    } catch (...) {
      if (inputs.empty()) throw;
      failure_ = std::current_exception();
    }
    limit_ = std::min(2 * limit_, kLargest);
    return inputs;
  }

  // Whether Take throws what it kept back.
  bool HasFailed() const { return failure_ != nullptr; }

 private:
  std::size_t limit_ = 32;
  std::exception_ptr failure_;
};

}  // namespace common
