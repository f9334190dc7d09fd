// Worker threads that several classifiers share, so that together they never run more than this number.
#pragma once

#include <memory>

#include "valence/export.h"

namespace valence {

namespace internal {
class Scheduler;
}

// Pass the same object to each classifier as Options::shared_threads; it may be destroyed before them. The threads
// start with the first classify and sleep when there is nothing to do. All calls share them fairly.
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
