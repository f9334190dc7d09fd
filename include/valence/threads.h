// Worker threads that several classifiers share, so that all of them together never run more than so many.
#pragma once

#include <memory>

#include "valence/export.h"

namespace valence {

namespace internal {
class Scheduler;
}

// Give the same object to each of them as Options::shared_threads; it may be let go before they are. The threads start
// with the first classify and sleep when there is nothing to do; they are shared fairly among all calls.
class VALENCE_EXPORT Threads {
 public:
  // count: 1 or more, or 0 for all the CPUs that this process may use. Throws Error kInvalidArgument.
  explicit Threads(int count = 0);
  ~Threads();
  Threads(const Threads&) = delete;
  Threads& operator=(const Threads&) = delete;

  int count() const noexcept;

 private:
  friend class Classifier;
  std::shared_ptr<internal::Scheduler> scheduler_;
};

}  // namespace valence
