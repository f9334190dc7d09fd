// The choice between our own products and oneDNN's.
#include "ops/implementation.h"

#include "cpu/amx.h"
#include "cpu/matmul_setting.h"
#include "valence/error.h"

namespace valence::internal {

MatmulImplementation ChooseMatmul(DataType operands) {
  // Below AVX-512 oneDNN 2.6 has only a general product, which packs the weights in every call.
  if (HasAvx512()) return MatmulImplementation::kOneDnn;
  if (operands == DataType::kF32) return MatmulImplementation::kOwn;
  throw Error(ErrorCode::kUnsupportedCpu, std::string("matrix product in ") + ToString(operands) +
                                              ": expected a CPU with AVX-512, found " + OneDnnIsa());
}

std::string MatmulDescription() {
  if (ChooseMatmul(DataType::kF32) == MatmulImplementation::kOwn) return "own, AVX2";
  if (OneDnnUsesAmx()) return "oneDNN, AMX";
  if (RequestedMatmul() == MatmulSetting::kOneDnn) return "oneDNN (VALENCE_MATMUL)";
  return "oneDNN" + (Amx().tiles == AmxTiles::kNone ? " (" + Amx().reason + ")" : "");
}

}  // namespace valence::internal
