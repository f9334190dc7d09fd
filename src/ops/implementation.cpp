// The choice between our own products and oneDNN's.
#include "ops/implementation.h"

#include <limits>

#include "cpu/amx.h"
#include "cpu/matmul_setting.h"
#include "ops/int8.h"
#include "valence/error.h"

namespace valence::internal {

MatmulImplementation ChooseMatmul(DataType operands) {
  if (RequestedMatmul() == MatmulSetting::kAmx && Amx().tiles == AmxTiles::kNone) {
    throw Error(
        ErrorCode::kUnsupportedCpu,
        "environment variable VALENCE_MATMUL: expected a CPU and system with AMX for amx, found: " + Amx().reason);
  }
  if (operands == DataType::kBf16 && Amx().tiles != AmxTiles::kNone && RequestedMatmul() != MatmulSetting::kOneDnn) {
    return MatmulImplementation::kTiles;
  }
  if (operands == DataType::kS8) return MatmulImplementation::kInt8;
  // Below AVX-512 oneDNN 2.6 has only a general product, which packs the weights in every call.
  if (HasAvx512()) return MatmulImplementation::kOneDnn;
  if (operands == DataType::kF32) return MatmulImplementation::kOwn;
  throw Error(ErrorCode::kUnsupportedCpu, std::string("matrix product in ") + ToString(operands) +
                                              ": expected a CPU with AVX-512, found " + OneDnnIsa());
}

bool OnTiles(DataType operands) {
  return operands == DataType::kBf16 && (Amx().tiles != AmxTiles::kNone || HasAvx512()) &&
         ChooseMatmul(operands) == MatmulImplementation::kTiles;
}

bool MultipliesOnTiles(DataType operands) {
  return operands == DataType::kS8 ? Int8ProductInUse().on_tiles : OnTiles(operands);
}

bool HasBf16Products() { return HasNativeBf16() || OnTiles(DataType::kBf16); }

std::int64_t ChunkTokens() {
  // Measured on a 5th-generation Xeon with 2 MiB of second-level cache: with 768 columns 384 and 512 rows ran equally
  // fast, 256 a tenth slower; with 384 columns 512 rows ran a quarter faster than 256.
  return OnTiles(DataType::kBf16) ? 512 : 256;
}

std::int64_t FeedForwardColumns(DataType operands) {
  // Of 512 rows 786 kB in bf16.
  return OnTiles(operands) ? 768 : std::numeric_limits<std::int64_t>::max();
}

std::int64_t RowsToShare(DataType operands) {
  // A tile of weights, 1 kB, takes as many cycles as there are rows; one core reads about ten bytes a cycle.
  return MultipliesOnTiles(operands) ? 128 : 24;
}

std::string MatmulDescription() {
  // By VALENCE_MATMUL=onednn, else where AMX cannot be used.
  const std::string why = RequestedMatmul() == MatmulSetting::kOneDnn ? " (VALENCE_MATMUL)"
                          : Amx().tiles == AmxTiles::kNone            ? " (" + Amx().reason + ")"
                                                                      : "";
  if (OnTiles(DataType::kBf16)) return Amx().tiles == AmxTiles::kHardware ? "own, AMX" : "own, AMX in software";
  if (ChooseMatmul(DataType::kF32) == MatmulImplementation::kOwn) return "own, AVX2";
  return (OneDnnUsesAmx() ? "oneDNN, AMX" : "oneDNN") + why;
}

}  // namespace valence::internal
