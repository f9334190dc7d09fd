// Requests of the Open Inference Protocol over gRPC, and what is answered, as protobuf messages.
#include "grpc_messages.h"

#include <string_view>
#include <utility>

namespace server {

std::vector<std::string> TextsOf(const inference::ModelInferRequest& request) {
  if (request.inputs_size() != 1) {
    RefuseTensor("\"inputs\": expected one tensor, \"text\", found " + std::to_string(request.inputs_size()));
  }
  const auto& input = request.inputs(0);
  CheckDatatype(input.datatype());
  std::vector<std::string> texts;
  if (request.raw_input_contents_size() > 0) {
    if (request.raw_input_contents_size() != 1 || input.has_contents()) {
      RefuseTensor("expected the texts in \"contents\" or in one element of \"raw_input_contents\"");
    }
    texts = BinaryTexts(request.raw_input_contents(0));
  } else {
    texts.assign(input.contents().bytes_contents().begin(), input.contents().bytes_contents().end());
  }
  std::vector<std::uint64_t> shape;
  for (const std::int64_t size : input.shape()) {
    if (size < 0) RefuseTensor("\"shape\": expected numbers of 0 or more, found " + std::to_string(size));
    shape.push_back(static_cast<std::uint64_t>(size));
  }
  CheckShape(shape, texts.size());
  return texts;
}

GrpcWanted WantedOf(const inference::ModelInferRequest& request) {
  GrpcWanted wanted{{}, request.id(), request.raw_input_contents_size() > 0};
  for (const auto& output : request.outputs()) {
    const OutputKind& kind = FindOutput(output.name());
    for (const OutputKind* const other : wanted.outputs) CheckNamedOnce(kind, *other);
    wanted.outputs.push_back(&kind);
    if (output.parameters().contains("classification")) {
      RefuseTensor("\"classification\" is not supported: ask for label and score");
    }
  }
  if (wanted.outputs.empty()) {
    for (const OutputKind& kind : kOutputs) wanted.outputs.push_back(&kind);
  }
  return wanted;
}

inference::ModelInferResponse MessageOf(const Job& job, const GrpcWanted& wanted) {
  inference::ModelInferResponse message;
  message.set_model_name(job.model->name);
  message.set_model_version(kModelVersion);
  message.set_id(wanted.id);
  for (const OutputKind* kind : wanted.outputs) {
    const OutputValues values(job, *kind);
    auto& tensor = *message.add_outputs();
    tensor.set_name(std::string(kind->name));
    tensor.set_datatype(std::string(kind->datatype));
    for (const std::int64_t size : values.shape()) tensor.add_shape(size);
    if (wanted.raw) {
      message.add_raw_output_contents(values.AsBytes());
      continue;
    }
    auto& contents = *tensor.mutable_contents();
    values.ForEach([&](const std::string& label) { contents.add_bytes_contents(label); },
                   [&](float value) { contents.add_fp32_contents(value); },
                   [&](bool value) { contents.add_bool_contents(value); });
  }
  return message;
}

inference::ModelMetadataResponse MetadataOf(const Model& model) {
  inference::ModelMetadataResponse message;
  message.set_name(model.name);
  message.add_versions(std::string(kModelVersion));
  message.set_platform("valence");
  auto& text = *message.add_inputs();
  text.set_name("text");
  text.set_datatype("BYTES");
  text.add_shape(-1);
  for (const OutputKind& kind : kOutputs) {
    auto& tensor = *message.add_outputs();
    tensor.set_name(std::string(kind.name));
    tensor.set_datatype(std::string(kind.datatype));
    tensor.add_shape(-1);
    if (kind.one_per_label) tensor.add_shape(static_cast<std::int64_t>(model.classifier.labels().size()));
  }
  return message;
}

}  // namespace server
