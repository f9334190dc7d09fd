// Which implementation multiplies matrices on this CPU, and why.
#pragma once

#include <string>

#include "cpu/data_type.h"
#include "onednn/isa.h"

namespace valence::internal {

enum class MatmulImplementation {
  kOneDnn,  // onednn/linear.h
  kOwn,     // kernels/matmul.h, for f32
};

// For operands of that type. Throws Error kUnsupportedCpu if no implementation multiplies them.
MatmulImplementation ChooseMatmul(DataType operands);

// What was chosen and why, for people: "oneDNN (the CPU has no AMX)".
std::string MatmulDescription();

}  // namespace valence::internal
