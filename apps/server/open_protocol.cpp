// What the Open Inference Protocol has over HTTP and over gRPC: models, their repository, tensors.
#include "open_protocol.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

#include "out_of_memory.h"

namespace server {
namespace {

std::uint32_t LittleEndian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (int i = 3; i >= 0; --i) value = value << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return value;
}

void AppendLittleEndian(std::uint32_t value, std::string& bytes) {
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xFF);
}

}  // namespace

std::shared_ptr<const Model> FindModelVersion(Service& service, const std::string& name, const std::string& version) {
  if (name.empty()) throw Refused{404, "not_found", "expected the name of a model"};
  auto model = FindModel(service, name);
  if (!version.empty() && version != kModelVersion) {
    throw Refused{404, "not_found", "model \"" + name + "\" has no version \"" + version + '"'};
  }
  return model;
}

// Takes seconds, so it runs elsewhere.
void ChangeRepository(Service& service, const std::string& name, const std::shared_ptr<Exchange>& exchange,
                      void (Models::*change)(const std::string&)) {
  service.loader.Run([&models = service.models, change, name, exchange] {
    try {
      (models.*change)(name);
      exchange->Respond({});
    } catch (const UnknownModel& error) {
      exchange->Respond(ErrorResponse(404, "not_found", error.what()));
    } catch (const std::bad_alloc&) {
      Insist([&] { exchange->Respond(OutOfMemory()); });
    } catch (const std::exception& error) {
      exchange->Respond(ErrorResponse(424, "backend", error.what()));
    }
  });
}

void RefuseTensor(const std::string& message) { throw Refused{400, "validation", message}; }

void CheckDatatype(std::string_view datatype) {
  if (datatype != "BYTES") RefuseTensor("\"datatype\": expected \"BYTES\", found \"" + std::string(datatype) + '"');
}

const OutputKind& FindOutput(std::string_view name) {
  const auto kind = std::find_if(std::begin(kOutputs), std::end(kOutputs),
                                 [&](const OutputKind& known) { return name == known.name; });
  if (kind != std::end(kOutputs)) return *kind;
  RefuseTensor("output \"" + std::string(name) + "\": expected label, score, probabilities, logits or truncated");
}

void CheckNamedOnce(const OutputKind& output, const OutputKind& other) {
  if (&output == &other) RefuseTensor("output \"" + std::string(output.name) + "\": expected once, found twice");
}

std::vector<std::string> BinaryTexts(std::string_view bytes) {
  std::vector<std::string> texts;
  while (!bytes.empty()) {
    if (bytes.size() < 4) RefuseTensor("the binary tensor ends inside of a length");
    const std::size_t size = LittleEndian(bytes);
    bytes.remove_prefix(4);
    if (size > bytes.size()) {
      RefuseTensor("binary element " + std::to_string(texts.size()) + ": expected " + std::to_string(size) +
                   " bytes, found " + std::to_string(bytes.size()));
    }
    texts.emplace_back(bytes.substr(0, size));
    bytes.remove_prefix(size);
  }
  return texts;
}

void CheckShape(const std::vector<std::uint64_t>& shape, std::size_t texts) {
  std::uint64_t elements = 1;
  for (const std::uint64_t size : shape) {
    if (__builtin_mul_overflow(elements, size, &elements)) RefuseTensor("\"shape\": too large");
  }
  if (elements != texts) {
    RefuseTensor("\"shape\": expected " + std::to_string(elements) + " texts, found " + std::to_string(texts));
  }
}

std::string OutputValues::AsBytes() const {
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

std::vector<std::int64_t> OutputValues::shape() const {
  std::vector<std::int64_t> sizes = {static_cast<std::int64_t>(job_.predictions.size())};
  if (kind_.one_per_label) sizes.push_back(static_cast<std::int64_t>(job_.model->classifier.labels().size()));
  return sizes;
}

}  // namespace server
