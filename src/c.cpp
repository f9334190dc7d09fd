// The C interface: calls the C++ one and turns exceptions into a status and a message.
#include "valence/c.h"

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "c_arguments.h"
#include "valence/valence.h"

using valence::Error;
using valence::ErrorCode;
using valence::Precision;
using valence::internal::CheckPointer;
using valence::internal::CheckText;
using valence::internal::ConvertOptions;
using valence::internal::ConvertQuantizeOptions;
using valence::internal::CopyKnownFields;
using valence::internal::ThrowArgument;

// "valence\0" as a number. A pointer to something else is told from a classifier by it.
constexpr std::uint64_t kClassifierTag = 0x0065636e656c6176;

struct valence_classifier {
  explicit valence_classifier(valence::Classifier&& loaded) : classifier(std::move(loaded)) {}

  std::uint64_t tag = kClassifierTag;
  valence::Classifier classifier;
};

// The names of an error in C and in C++.
#define VALENCE_ERRORS(X)                                          \
  X(INVALID_ARGUMENT, kInvalidArgument)                            \
  X(FILE_NOT_FOUND, kFileNotFound)                                 \
  X(FILE_UNREADABLE, kFileUnreadable)                              \
  X(UNSUPPORTED_MODEL, kUnsupportedModel)                          \
  X(INVALID_CONFIG, kInvalidConfig)                                \
  X(INVALID_TOKENIZER, kInvalidTokenizer)                          \
  X(MISSING_TENSOR, kMissingTensor)                                \
  X(TENSOR_SHAPE_MISMATCH, kTensorShapeMismatch)                   \
  X(UNSUPPORTED_DTYPE, kUnsupportedDtype)                          \
  X(UNSUPPORTED_CPU, kUnsupportedCpu)                              \
  X(RUNTIME, kRuntime)                                             \
  X(FORKED, kForked)                                               \
  X(HEADER_TOO_SMALL, kHeaderTooSmall)                             \
  X(HEADER_TOO_LARGE, kHeaderTooLarge)                             \
  X(INVALID_HEADER_LENGTH, kInvalidHeaderLength)                   \
  X(INVALID_HEADER, kInvalidHeader)                                \
  X(INVALID_HEADER_DESERIALIZATION, kInvalidHeaderDeserialization) \
  X(DUPLICATE_TENSOR, kDuplicateTensor)                            \
  X(INVALID_OFFSET, kInvalidOffset)                                \
  X(VALIDATION_OVERFLOW, kValidationOverflow)                      \
  X(MISALIGNED_SLICE, kMisalignedSlice)                            \
  X(TENSOR_INVALID_INFO, kTensorInvalidInfo)                       \
  X(METADATA_INCOMPLETE_BUFFER, kMetadataIncompleteBuffer)         \
  X(CANCELLED, kCancelled)

namespace {

// A fixed array, so that a failed allocation can be reported without another one.
thread_local char last_error[4096] = "";

valence_status Fail(valence_status status, std::string_view message) noexcept {
  const std::size_t size = std::min(message.size(), sizeof last_error - 1);
  std::memcpy(last_error, message.data(), size);
  last_error[size] = '\0';
  return status;
}

valence_status StatusOf(ErrorCode code) noexcept {
  switch (code) {
#define VALENCE_CASE(name, code_name) \
  case ErrorCode::code_name:          \
    return VALENCE_ERROR_##name;
    VALENCE_ERRORS(VALENCE_CASE)
#undef VALENCE_CASE
  }
  return VALENCE_ERROR_RUNTIME;
}

// Runs `body`; what it throws becomes the status.
template <class Body>
valence_status Guard(Body&& body) noexcept {
  try {
    body();
    return VALENCE_OK;
  } catch (const Error& error) {
    return Fail(StatusOf(error.code()), error.what());
  } catch (const std::bad_alloc&) {
    return Fail(VALENCE_ERROR_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& error) {
    return Fail(VALENCE_ERROR_RUNTIME, error.what());
  } catch (...) {
    return Fail(VALENCE_ERROR_RUNTIME, "an exception of unknown type");
  }
}

// The value of `body`, or `fallback` if it throws.
template <class Value, class Body>
Value ValueOr(Value fallback, Body&& body) noexcept {
  Guard([&] { fallback = body(); });
  return fallback;
}

const valence::Classifier& Checked(const valence_classifier* classifier) {
  CheckPointer("classifier", classifier);
  if (classifier->tag != kClassifierTag) ThrowArgument("classifier: expected what valence_classifier_load gave");
  return classifier->classifier;
}

void Store(const std::vector<valence::Prediction>& predictions, const valence_answers& answers) {
  const std::size_t labels = predictions.front().logits.size();
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const valence::Prediction& prediction = predictions[i];
    if (answers.label_ids) answers.label_ids[i] = static_cast<std::int32_t>(prediction.label_id);
    if (answers.label_scores) answers.label_scores[i] = prediction.score;
    if (answers.scores) std::copy(prediction.scores.begin(), prediction.scores.end(), answers.scores + i * labels);
    if (answers.logits) std::copy(prediction.logits.begin(), prediction.logits.end(), answers.logits + i * labels);
    if (answers.truncated) answers.truncated[i] = prediction.truncated ? 1 : 0;
  }
}

}  // namespace

const char* valence_version(void) { return VALENCE_VERSION; }

const char* valence_status_name(valence_status status) {
  switch (status) {
#define VALENCE_CASE(name, code_name) \
  case VALENCE_ERROR_##name:          \
    return #name;
    VALENCE_ERRORS(VALENCE_CASE)
#undef VALENCE_CASE
    case VALENCE_OK:
      return "OK";
    case VALENCE_ERROR_OUT_OF_MEMORY:
      return "OUT_OF_MEMORY";
  }
  return "UNKNOWN";
}

const char* valence_last_error(void) { return last_error; }

valence_status valence_classifier_load(const char* model_folder, const valence_options* options,
                                       valence_classifier** classifier) {
  return Guard([&] {
    CheckPointer("classifier", classifier);
    const valence::Options converted = ConvertOptions(options);
    *classifier = new valence_classifier(model_folder != nullptr ? valence::Classifier::load(model_folder, converted)
                                                                 : valence::Classifier::load(converted));
  });
}

void valence_classifier_free(valence_classifier* classifier) {
  if (classifier == nullptr) return;
  Guard([&] {
    Checked(classifier);
    delete classifier;
  });
}

valence_status valence_classify(const valence_classifier* classifier, const valence_text* texts, size_t count,
                                const valence_answers* answers) {
  return Guard([&] {
    const valence::Classifier& checked = Checked(classifier);
    const valence_answers known = CopyKnownFields("answers", answers);
    if (count == 0) return;
    CheckPointer("texts", texts);
    std::vector<std::string_view> views;
    views.reserve(count);
    for (std::size_t i = 0; i < count; ++i) {
      views.push_back(CheckText(texts[i], [i] { return "texts[" + std::to_string(i) + "]"; }));
    }
    Store(checked.classify(views), known);
  });
}

valence_status valence_tokenize(const valence_classifier* classifier, valence_text text, int32_t* ids, size_t capacity,
                                size_t* count, uint8_t* truncated) {
  return Guard([&] {
    const valence::Classifier& checked = Checked(classifier);
    CheckPointer("count", count);
    if (capacity > 0) CheckPointer("ids", ids);
    const auto max_tokens = static_cast<std::size_t>(checked.max_tokens());
    const valence::Encoding encoding =
        checked.tokenizer().encode(CheckText(text, [] { return std::string("text"); }), max_tokens);
    *count = encoding.ids.size();
    if (encoding.ids.size() > capacity) {
      ThrowArgument("capacity: expected at least " + std::to_string(encoding.ids.size()) + ", found " +
                    std::to_string(capacity));
    }
    std::copy(encoding.ids.begin(), encoding.ids.end(), ids);
    if (truncated != nullptr) *truncated = encoding.truncated ? 1 : 0;
  });
}

valence_text valence_classifier_piece(const valence_classifier* classifier, int32_t id) {
  return ValueOr(valence_text{nullptr, 0}, [&] {
    const std::string_view piece = Checked(classifier).tokenizer().piece(id);
    return valence_text{piece.data(), piece.size()};
  });
}

size_t valence_classifier_label_count(const valence_classifier* classifier) {
  return ValueOr(std::size_t{0}, [&] { return Checked(classifier).labels().size(); });
}

const char* valence_classifier_label(const valence_classifier* classifier, size_t index) {
  return ValueOr<const char*>(nullptr, [&] {
    const auto labels = Checked(classifier).labels();
    if (index >= labels.size()) {
      ThrowArgument("index: expected less than " + std::to_string(labels.size()) + ", found " + std::to_string(index));
    }
    return labels[index].c_str();
  });
}

int32_t valence_classifier_threads(const valence_classifier* classifier) {
  return ValueOr(0, [&] { return Checked(classifier).threads(); });
}

int32_t valence_classifier_max_tokens(const valence_classifier* classifier) {
  return ValueOr(0, [&] { return Checked(classifier).max_tokens(); });
}

valence_precision valence_classifier_precision(const valence_classifier* classifier) {
  return ValueOr(VALENCE_PRECISION_AUTO, [&] {
    switch (Checked(classifier).precision()) {
      case Precision::kAuto:
        break;
      case Precision::kF32:
        return VALENCE_PRECISION_F32;
      case Precision::kBf16:
        return VALENCE_PRECISION_BF16;
      case Precision::kInt8:
        return VALENCE_PRECISION_INT8;
    }
    return VALENCE_PRECISION_AUTO;
  });
}

const char* valence_classifier_model_folder(const valence_classifier* classifier) {
  return ValueOr<const char*>(nullptr, [&] { return Checked(classifier).model_folder().c_str(); });
}

valence_status valence_quantize_model(const char* from, const char* to, const valence_quantize_options* options) {
  return Guard([&] {
    CheckPointer("from", from);
    CheckPointer("to", to);
    valence::quantize_model(from, to, ConvertQuantizeOptions(options));
  });
}
