// Which implementation multiplies matrices on this CPU, and the facts that the choice rests on.
#pragma once

#include <string>

#include "cpu/data_type.h"
#include "onednn/isa.h"

namespace valence::internal {

enum class MatmulImplementation {
  kOneDnn,  // onednn/linear.h
  kOwn,     // kernels/matmul.h, for f32
};

// For operands of that type. Throws Error kUnsupportedCpu where nothing multiplies them.
MatmulImplementation ChooseMatmul(DataType operands);

// What was chosen and why, for people: "oneDNN (the CPU has no AMX)".
std::string MatmulDescription();

}  // namespace valence::internal
