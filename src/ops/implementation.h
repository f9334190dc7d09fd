// Which implementation multiplies matrices on this CPU, and the facts that the choice rests on.
#pragma once

#include <cstdint>
#include <string>

#include "cpu/data_type.h"
#include "onednn/isa.h"

namespace valence::internal {

enum class MatmulImplementation {
  kOneDnn,  // onednn/linear.h
  kOwn,     // kernels/matmul.h, for f32
  kTiles,   // kernels/amx/kernels.h, for bf16
  kInt8,    // kernels/int8_linear.h, for s8
};

// For operands of that type. Throws Error kUnsupportedCpu where nothing multiplies them.
MatmulImplementation ChooseMatmul(DataType operands);

// Whether operands of that type lie in tiles (kernels/operand.h): in bf16 where products run on AMX tiles. Then
// products can add to what is there.
bool OnTiles(DataType operands);

// Whether products of that type run on AMX tiles: as OnTiles, or in s8, whose operands lie in plain rows.
bool MultipliesOnTiles(DataType operands);

// Whether bf16 is multiplied natively, or on software tiles for a test.
bool HasBf16Products();

// What suits the implementation:
// tokens that run through the layers together, of every model in the process: enough rows to keep the matmul units
// busy, few enough for the activations to stay in the second-level cache;
std::int64_t ChunkTokens();
// inner columns of the feed-forward layers that are computed at once;
std::int64_t FeedForwardColumns(DataType operands);
// rows a member from which a team shares rows. With fewer, reading all weights in every member costs more than the many
// steps of sharing columns.
std::int64_t RowsToShare(DataType operands);

// What was chosen and why, for people: "oneDNN (the CPU has no AMX)".
std::string MatmulDescription();

}  // namespace valence::internal
