// The precision that a benchmark is told to run in.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <string>

#include "valence/cpu_info.h"

namespace valence::internal {

// Ends the program with 2 where the name is none.
inline Precision ParsePrecision(const std::string& name) {
  for (const Precision precision : {Precision::kF32, Precision::kBf16, Precision::kInt8}) {
    if (name == to_string(precision)) return precision;
  }
  std::fprintf(stderr, "expected the precision f32, bf16 or int8, found %s\n", name.c_str());
  std::exit(2);
}

}  // namespace valence::internal
