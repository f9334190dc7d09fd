// The exception that becomes a valence.Error in Python.
#pragma once

#include <stdexcept>
#include <string>

#include "valence/c.h"

namespace valence_python {

struct Failure : std::runtime_error {
  Failure(valence_status status, const std::string& message) : std::runtime_error(message), code(status) {}
  valence_status code;
};

// Throws Failure if `status` is an error. Call it on the thread of the C call that returned the status.
inline void Check(valence_status status) {
  if (status != VALENCE_OK) throw Failure(status, valence_last_error());
}

}  // namespace valence_python
