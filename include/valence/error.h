// The one exception type of the library.
#pragma once

#include <stdexcept>
#include <string>

#include "valence/export.h"

namespace valence {

// What kind of thing went wrong; the message says which one, what was expected and what was found.
enum class ErrorCode {
  kInvalidArgument,      // an option or argument is outside its range
  kFileNotFound,         // a model folder or one of its files does not exist
  kFileUnreadable,       // it exists, but is no regular file, or reading it failed
  kUnsupportedModel,     // config.json describes something other than DistilBERT sequence classification
  kInvalidConfig,        // config.json is malformed or contradicts itself
  kInvalidTokenizer,     // the tokenizer files are malformed, contradict each other or ask for what is not BERT
  kMissingTensor,        // model.safetensors lacks a tensor that the config calls for
  kTensorShapeMismatch,  // a tensor's shape is not the one that the config calls for
  kUnsupportedDtype,     // a tensor that is needed is not F32, F16 or BF16
  kUnsupportedCpu,       // the CPU lacks the precision that was asked for
  kRuntime,              // oneDNN or the operating system refused; the message carries its words
  kForked,               // the classifier was used in a parent process before this one was forked off
  // The ways a safetensors file can be malformed, named as in huggingface/safetensors, safetensors/src/tensor.rs, enum
  // SafeTensorError. Its InvalidHeaderStart is missing: like the reader there, ours takes white space before the
  // header.
  kHeaderTooSmall,
  kHeaderTooLarge,
  kInvalidHeaderLength,
  kInvalidHeader,
  kInvalidHeaderDeserialization,
  kDuplicateTensor,
  kInvalidOffset,
  kValidationOverflow,
  kMisalignedSlice,
  kTensorInvalidInfo,
  kMetadataIncompleteBuffer,
};

// Thrown by every function of the library that fails, std::bad_alloc aside.
class VALENCE_EXPORT Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message);
  ~Error() override;
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace valence
