// docs/environment.md says what each value does.
#include "cpu/matmul_setting.h"

#include <cstdlib>
#include <string>

#include "valence/error.h"

namespace valence::internal {

MatmulSetting ParseMatmulSetting(const char* value) {
  const std::string setting = value == nullptr ? "" : value;
  if (setting.empty()) return MatmulSetting::kAuto;
  if (setting == "onednn") return MatmulSetting::kOneDnn;
  if (setting == "amx") return MatmulSetting::kAmx;
  throw Error(ErrorCode::kInvalidArgument,
              "environment variable VALENCE_MATMUL: expected amx, onednn or nothing, found " + setting);
}

MatmulSetting RequestedMatmul() {
  static const MatmulSetting setting = ParseMatmulSetting(std::getenv("VALENCE_MATMUL"));
  return setting;
}

}  // namespace valence::internal
