// Requests of the Open Inference Protocol over gRPC, and what is answered, as protobuf messages.
#pragma once

#include <open_inference.pb.h>

#include <string>
#include <vector>

#include "open_protocol.h"

namespace server {

// What a ModelInferRequest asks for, besides its texts and model.
struct GrpcWanted {
  std::vector<const OutputKind*> outputs;
  std::string id;
  bool raw = false;  // answer as the texts came: in raw_output_contents
};

// Throws Refused.
std::vector<std::string> TextsOf(const inference::ModelInferRequest& request);
GrpcWanted WantedOf(const inference::ModelInferRequest& request);

inference::ModelInferResponse MessageOf(const Job& job, const GrpcWanted& wanted);
inference::ModelMetadataResponse MetadataOf(const Model& model);

}  // namespace server
