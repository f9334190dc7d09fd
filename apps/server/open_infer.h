// Inference requests of the Open Inference Protocol: what comes in and what can be asked for.
#pragma once

#include <memory>
#include <string_view>

#include "service.h"

namespace server {

struct OutputKind {
  std::string_view name;
  std::string_view datatype;
  bool one_per_label;  // shape [texts, labels], else [texts]
};
inline constexpr OutputKind kOutputs[] = {{"label", "BYTES", false},
                                          {"score", "FP32", false},
                                          {"probabilities", "FP32", true},
                                          {"logits", "FP32", true},
                                          {"truncated", "BOOL", false}};

// The model that the path names, in the version that it names. Throws Refused.
std::shared_ptr<const Model> OpenFindModel(Call& call);

}  // namespace server
