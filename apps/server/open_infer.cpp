// Tensors as JSON, and as bytes behind the JSON (the protocol's binary tensor data extension).
#include <charconv>
#include <utility>

#include "common/numbers.h"
#include "json.h"
#include "open_protocol.h"

namespace server {
namespace {

constexpr std::string_view kJsonLength = "inference-header-content-length";

const Json& Member(const Json& object, const char* name, const std::string& of) {
  if (!object.is_object()) RefuseTensor(of + ": expected an object, found " + object.type_name());
  const auto found = object.find(name);
  if (found == object.end()) RefuseTensor(of + ": expected \"" + name + '"');
  return *found;
}

// Of "parameters", or null.
const Json& Parameter(const Json& object, const char* name) {
  static const Json kNone;
  const auto parameters = object.find("parameters");
  if (parameters == object.end() || parameters->is_null()) return kNone;
  if (!parameters->is_object()) {
    RefuseTensor(std::string("\"parameters\": expected an object, found ") + parameters->type_name());
  }
  const auto found = parameters->find(name);
  return found == parameters->end() ? kNone : *found;
}

bool FlagParameter(const Json& object, const char* name, bool otherwise) {
  const Json& value = Parameter(object, name);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean())
    RefuseTensor('"' + std::string(name) + "\": expected true or false, found " + value.type_name());
  return value.get<bool>();
}

// Flat, or nested as the shape is.
void AppendJsonTexts(const Json& data, std::vector<std::string>& texts) {
  for (const Json& element : data) {
    if (element.is_array()) {
      AppendJsonTexts(element, texts);
    } else if (element.is_string()) {
      texts.push_back(element.get_ref<const std::string&>());
    } else {
      RefuseTensor(std::string("\"data\": expected strings, found ") + element.type_name());
    }
  }
}

std::vector<std::uint64_t> ReadShape(const Json& input) {
  const Json& shape = Member(input, "shape", "the input");
  if (!shape.is_array()) RefuseTensor(std::string("\"shape\": expected an array, found ") + shape.type_name());
  std::vector<std::uint64_t> sizes;
  for (const Json& size : shape) {
    const auto count = WholeNumber(size);
    if (!count) RefuseTensor("\"shape\": expected whole numbers of 0 or more, found " + Dump(size));
    sizes.push_back(*count);
  }
  return sizes;
}

std::vector<std::string> ReadTexts(const Json& body, std::string_view binary) {
  const Json& inputs = Member(body, "inputs", "the request");
  if (!inputs.is_array() || inputs.size() != 1) RefuseTensor("\"inputs\": expected one tensor, \"text\"");
  const Json& input = inputs.front();
  if (const Json& name = Member(input, "name", "the input"); !name.is_string()) {
    RefuseTensor(std::string("\"name\": expected a string, found ") + name.type_name());
  }
  const Json& datatype = Member(input, "datatype", "the input");
  CheckDatatype(datatype.is_string() ? datatype.get_ref<const std::string&>() : Dump(datatype));
  std::vector<std::string> texts;
  if (const Json& size = Parameter(input, "binary_data_size"); !size.is_null()) {
    if (size != binary.size()) {
      RefuseTensor("\"binary_data_size\": expected the " + std::to_string(binary.size()) +
                   " bytes that follow the JSON, found " + Dump(size));
    }
    texts = BinaryTexts(binary);
  } else {
    if (!binary.empty()) RefuseTensor("bytes follow the JSON, but no input has a \"binary_data_size\"");
    const Json& data = Member(input, "data", "the input");
    if (!data.is_array()) RefuseTensor(std::string("\"data\": expected an array, found ") + data.type_name());
    AppendJsonTexts(data, texts);
  }
  CheckShape(ReadShape(input), texts.size());
  return texts;
}

struct WantedOutput {
  const OutputKind* kind;
  bool binary;
};

// All of them where none is named.
std::vector<WantedOutput> ReadOutputs(const Json& body) {
  const bool by_default = FlagParameter(body, "binary_data_output", false);
  std::vector<WantedOutput> wanted;
  const auto outputs = body.find("outputs");
  if (outputs == body.end() || (outputs->is_array() && outputs->empty())) {
    for (const OutputKind& kind : kOutputs) wanted.push_back({&kind, by_default});
    return wanted;
  }
  if (!outputs->is_array()) RefuseTensor(std::string("\"outputs\": expected an array, found ") + outputs->type_name());
  for (const Json& output : *outputs) {
    const Json& name = Member(output, "name", "an output");
    const OutputKind& kind = FindOutput(name.is_string() ? name.get_ref<const std::string&>() : Dump(name));
    for (const WantedOutput& other : wanted) CheckNamedOnce(kind, *other.kind);
    if (const Json& classes = Parameter(output, "classification"); !classes.is_null()) {
      RefuseTensor("\"classification\" is not supported: ask for label and score");
    }
    wanted.push_back({&kind, FlagParameter(output, "binary_data", by_default)});
  }
  return wanted;
}

void AppendTo(Json& values, const OutputValues& output) {
  output.ForEach([&](const std::string& label) { values.push_back(label); },
                 [&](float value) { values.push_back(common::Shortest(value)); },
                 [&](bool value) { values.push_back(value); });
}

Response Format(const Job& job, const std::vector<WantedOutput>& wanted, const Json& id) {
  JsonTree tree(Json{{"model_name", job.model->name}, {"model_version", kModelVersion}});
  Json& body = tree.value;
  if (!id.is_null()) body["id"] = id;
  Json& outputs = body["outputs"] = Json::array();
  std::string binary;
  bool has_binary = false;
  for (const WantedOutput& output : wanted) {
    const OutputValues values(job, *output.kind);
    Json& tensor = outputs.emplace_back();
    tensor = {{"name", output.kind->name}, {"datatype", output.kind->datatype}, {"shape", values.shape()}};
    if (output.binary) {
      const std::string bytes = values.AsBytes();
      tensor["parameters"] = {{"binary_data_size", bytes.size()}};
      binary += bytes;
      has_binary = true;
    } else {
      AppendTo(tensor["data"] = Json::array(), values);
    }
  }
  Response response;
  response.body = Dump(body);
  if (has_binary) {
    response.content_type = "application/octet-stream";
    response.headers.emplace_back("inference-header-content-length", std::to_string(response.body.size()));
    response.body += binary;
  }
  return response;
}

}  // namespace

void OpenInfer(Call& call) {
  Job job;
  job.model = FindModelVersion(call.service, call.arguments[0], call.arguments.size() > 1 ? call.arguments[1] : "");
  if (!call.request.header("content-encoding").empty()) {
    throw Refused{415, "validation", "Content-Encoding: expected none"};
  }
  std::string binary;
  JsonTree tree(nullptr);
  Json& body = tree.value;
  if (const auto length = call.request.find_header(kJsonLength)) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), size);
    if (error != std::errc() || end != length->data() + length->size() || size > call.request.body.size()) {
      RefuseTensor("Inference-Header-Content-Length: expected 0 to " + std::to_string(call.request.body.size()) +
                   ", found \"" + std::string(*length) + '"');
    }
    binary = call.request.body.substr(size);
    call.request.body.resize(size);
    body = ParseObject(call.request.body);
  } else {
    body = ParseBody(call.request);
  }
  const Json id = body.value("id", Json(nullptr));
  if (!id.is_null() && !id.is_string()) RefuseTensor(std::string("\"id\": expected a string, found ") + id.type_name());
  auto wanted = ReadOutputs(body);
  job.texts = ReadTexts(body, binary);
  job.batch = true;
  call.service.inference.Classify(std::move(job), call.exchange, [wanted = std::move(wanted), id](const Job& done) {
    return Format(done, wanted, id);
  });
}

}  // namespace server
