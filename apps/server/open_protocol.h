// What the Open Inference Protocol has over HTTP and over gRPC: models, their repository, tensors.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "service.h"

namespace server {

inline constexpr const char* kModelVersion = "1";  // of every model: a reload takes the old one's place
inline constexpr const char* kExtensions[] = {"binary_tensor_data", "model_repository"};

inline constexpr const char* kNoLoadParameters =
    "\"parameters\": expected none, as a model is loaded from its own folder with the server's options";

// What can be asked for. The input is one tensor of texts, "text".
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

// What follows throws Refused.

// 404 for a model or version that is not there (an empty version is any), 503 for one that is not loaded.
std::shared_ptr<const Model> FindModelVersion(Service& service, const std::string& name, const std::string& version);

// Loads or unloads the model elsewhere, then answers.
void ChangeRepository(Service& service, const std::string& name, const std::shared_ptr<Exchange>& exchange,
                      void (Models::*change)(const std::string&));

[[noreturn]] void RefuseTensor(const std::string& message);

void CheckDatatype(std::string_view datatype);
const OutputKind& FindOutput(std::string_view name);
// Outputs that come many times would make a large answer of a small request.
void CheckNamedOnce(const OutputKind& output, const OutputKind& other);

// Each element is its length in four bytes, little-endian, and its bytes.
std::vector<std::string> BinaryTexts(std::string_view bytes);

// Whether the product of the sizes is the number of texts.
void CheckShape(const std::vector<std::uint64_t>& shape, std::size_t texts);

// One output's values, in the order of the texts.
class OutputValues {
 public:
  OutputValues(const Job& job, const OutputKind& kind) : job_(job), kind_(kind) {}

  // Calls the function of the output's data type with each value: a label, a number or a flag.
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

  // Little-endian; labels as BinaryTexts takes them.
  std::string AsBytes() const;

  std::vector<std::int64_t> shape() const;

 private:
  const Job& job_;
  const OutputKind& kind_;
};

}  // namespace server
