// Tensors as JSON, and as bytes behind the JSON (the protocol's binary tensor data extension).
#include "open_infer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <utility>

#include "common/numbers.h"
#include "json.h"

namespace server {
namespace {

constexpr std::string_view kJsonLength = "inference-header-content-length";

[[noreturn]] void Refuse(const std::string& message) { throw Refused{400, "validation", message}; }

const Json& Member(const Json& object, const char* name, const std::string& of) {
  if (!object.is_object()) Refuse(of + ": expected an object, found " + object.type_name());
  const auto found = object.find(name);
  if (found == object.end()) Refuse(of + ": expected \"" + name + '"');
  return *found;
}

// Of "parameters", or null.
Json Parameter(const Json& object, const char* name) {
  const auto parameters = object.find("parameters");
  if (parameters == object.end() || parameters->is_null()) return nullptr;
  if (!parameters->is_object()) {
    Refuse(std::string("\"parameters\": expected an object, found ") + parameters->type_name());
  }
  return parameters->value(name, Json(nullptr));
}

bool FlagParameter(const Json& object, const char* name, bool otherwise) {
  const Json value = Parameter(object, name);
  if (value.is_null()) return otherwise;
  if (!value.is_boolean()) Refuse('"' + std::string(name) + "\": expected true or false, found " + value.type_name());
  return value.get<bool>();
}

std::uint32_t LittleEndian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return value;
}

void AppendLittleEndian(std::uint32_t value, std::string& bytes) {
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

// Each element is its length in four bytes, little-endian, and its bytes.
std::vector<std::string> BinaryTexts(std::string_view bytes) {
  std::vector<std::string> texts;
  while (!bytes.empty()) {
    if (bytes.size() < 4) Refuse("the binary tensor ends inside of a length");
    const std::size_t size = LittleEndian(bytes);
    bytes.remove_prefix(4);
    if (size > bytes.size()) {
      Refuse("binary element " + std::to_string(texts.size()) + ": expected " + std::to_string(size) +
             " bytes, found " + std::to_string(bytes.size()));
    }
    texts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return texts;
}

// Flat, or nested as the shape is.
void AppendJsonTexts(const Json& data, std::vector<std::string>& texts) {
  for (const Json& element : data) {
    if (element.is_array()) {
      AppendJsonTexts(element, texts);
    } else if (element.is_string()) {
      texts.push_back(element.get_ref<const std::string&>());
    } else {
      Refuse(std::string("\"data\": expected strings, found ") + element.type_name());
    }
  }
}

void CheckShape(const Json& shape, std::size_t texts) {
  if (!shape.is_array()) Refuse(std::string("\"shape\": expected an array, found ") + shape.type_name());
  std::uint64_t elements = 1;
  for (const Json& size : shape) {
    const auto count = WholeNumber(size);
    if (!count) Refuse("\"shape\": expected whole numbers of 0 or more, found " + Dump(size));
    if (__builtin_mul_overflow(elements, *count, &elements)) Refuse("\"shape\": too large");
  }
  if (elements != texts) {
    Refuse("\"shape\" " + Dump(shape) + ": expected " + std::to_string(elements) + " texts, found " +
           std::to_string(texts));
  }
}

std::vector<std::string> ReadTexts(const Json& body, std::string_view binary) {
  const Json& inputs = Member(body, "inputs", "the request");
  if (!inputs.is_array() || inputs.size() != 1) Refuse("\"inputs\": expected one tensor, \"text\"");
  const Json& input = inputs.front();
  if (const Json& name = Member(input, "name", "the input"); !name.is_string()) {
    Refuse(std::string("\"name\": expected a string, found ") + name.type_name());
  }
  const Json& datatype = Member(input, "datatype", "the input");
  if (datatype != "BYTES") Refuse("\"datatype\": expected \"BYTES\", found " + Dump(datatype));
  std::vector<std::string> texts;
  if (const Json size = Parameter(input, "binary_data_size"); !size.is_null()) {
    if (size != binary.size()) {
      Refuse("\"binary_data_size\": expected the " + std::to_string(binary.size()) +
             " bytes that follow the JSON, found " + Dump(size));
    }
    texts = BinaryTexts(binary);
  } else {
    if (!binary.empty()) Refuse("bytes follow the JSON, but no input has a \"binary_data_size\"");
    const Json& data = Member(input, "data", "the input");
    if (!data.is_array()) Refuse(std::string("\"data\": expected an array, found ") + data.type_name());
    AppendJsonTexts(data, texts);
  }
  CheckShape(Member(input, "shape", "the input"), texts.size());
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
  if (!outputs->is_array()) Refuse(std::string("\"outputs\": expected an array, found ") + outputs->type_name());
  for (const Json& output : *outputs) {
    const Json& name = Member(output, "name", "an output");
    const auto kind = std::find_if(std::begin(kOutputs), std::end(kOutputs),
                                   [&](const OutputKind& known) { return name == known.name; });
    if (kind == std::end(kOutputs)) {
      Refuse("output " + Dump(name) + ": expected label, score, probabilities, logits or truncated");
    }
    if (const Json classes = Parameter(output, "classification"); !classes.is_null()) {
      Refuse("\"classification\" is not supported: ask for label and score");
    }
    wanted.push_back({kind, FlagParameter(output, "binary_data", by_default)});
  }
  return wanted;
}

// One output's values, in the order of the texts.
class Values {
 public:
  Values(const Job& job, const OutputKind& kind) : job_(job), kind_(kind) {}

  Json AsJson() const {
    Json values = Json::array();
    ForEach([&](const std::string& label) { values.push_back(label); },
            [&](float value) { values.push_back(common::Shortest(value)); },
            [&](bool value) { values.push_back(value); });
    return values;
  }

  std::string AsBytes() const {
    std::string bytes;
    ForEach(
        [&](const std::string& label) {
          AppendLittleEndian(static_cast<std::uint32_t>(label.size()), bytes);
          bytes += label;
        },
        [&](float value) {
          std::uint32_t bits;
          std::memcpy(&bits, &value, sizeof bits);
          AppendLittleEndian(bits, bytes);
        },
        [&](bool value) { bytes += static_cast<char>(value ? 1 : 0); });
    return bytes;
  }

 private:
  void ForEach(const auto& label, const auto& number, const auto& flag) const {
    for (const valence::Prediction& prediction : job_.predictions) {
      if (kind_.name == "label") {
        label(prediction.label);
      } else if (kind_.name == "score") {
        number(prediction.score);
      } else if (kind_.name == "truncated") {
        flag(prediction.truncated);
      } else {
        for (const float value : kind_.name == "logits" ? prediction.logits : prediction.scores) number(value);
      }
    }
  }

  const Job& job_;
  const OutputKind& kind_;
};

Response Format(const Job& job, const std::vector<WantedOutput>& wanted, const Json& id) {
  Json body = {{"model_name", job.model->name}, {"model_version", "1"}};
  if (!id.is_null()) body["id"] = id;
  Json& outputs = body["outputs"] = Json::array();
  std::string binary;
  bool has_binary = false;
  for (const WantedOutput& output : wanted) {
    Json shape = Json::array({job.predictions.size()});
    if (output.kind->one_per_label) shape.push_back(job.model->classifier.labels().size());
    Json tensor = {{"name", output.kind->name}, {"datatype", output.kind->datatype}, {"shape", std::move(shape)}};
    const Values values(job, *output.kind);
    if (output.binary) {
      const std::string bytes = values.AsBytes();
      tensor["parameters"] = {{"binary_data_size", bytes.size()}};
      binary += bytes;
      has_binary = true;
    } else {
      tensor["data"] = values.AsJson();
    }
    outputs.push_back(std::move(tensor));
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
  job.model = OpenFindModel(call);
  if (!call.request.header("content-encoding").empty()) {
    throw Refused{415, "validation", "Content-Encoding: expected none"};
  }
  std::string binary;
  Json body;
  if (const auto length = call.request.find_header(kJsonLength)) {
    std::size_t size = 0;
    const auto [end, error] = std::from_chars(length->data(), length->data() + length->size(), size);
    if (error != std::errc() || end != length->data() + length->size() || size > call.request.body.size()) {
      Refuse("Inference-Header-Content-Length: expected 0 to " + std::to_string(call.request.body.size()) +
             ", found \"" + std::string(*length) + '"');
    }
    binary = call.request.body.substr(size);
    call.request.body.resize(size);
    body = ParseObject(call.request.body);
  } else {
    body = ParseBody(call.request);
  }
  const Json id = body.value("id", Json(nullptr));
  if (!id.is_null() && !id.is_string()) Refuse(std::string("\"id\": expected a string, found ") + id.type_name());
  auto wanted = ReadOutputs(body);
  job.texts = ReadTexts(body, binary);
  job.batch = true;
  call.service.inference.Classify(std::move(job), call.exchange, [wanted = std::move(wanted), id](const Job& done) {
    return Format(done, wanted, id);
  });
}

}  // namespace server
