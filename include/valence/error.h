// The one exception type of the library.
#pragma once

#include <stdexcept>
#include <string>

#include "valence/export.h"

namespace valence {

// What kind of thing went wrong. The message names the thing, what was expected and what was found.
enum class ErrorCode {
  kInvalidArgument,      // an option or argument is outside its range
  kFileNotFound,         // a model folder or one of its files does not exist
  kFileUnreadable,       // it exists, but is not a regular file, or reading it failed
  kUnsupportedModel,     // config.json describes something other than DistilBERT or BERT sequence classification
  kInvalidConfig,        // config.json, or the index of split weights, is malformed or contradicts itself
  kInvalidTokenizer,     // the tokenizer files are malformed, contradict each other or are not BERT's
  kMissingTensor,        // model.safetensors lacks a tensor that the config requires
  kTensorShapeMismatch,  // a tensor's shape is not the one that the config requires
  kUnsupportedDtype,     // a tensor that is needed is not F64, F32, F16, BF16 or, in a folder in int8, I8
  kUnsupportedCpu,       // the CPU does not support the requested precision
  kRuntime,              // an error of oneDNN or the operating system; the message quotes it
  kForked,               // the parent process used the classifier before this process was forked
  kCancelled,            // the submission was cancelled
  // The ways a safetensors file can be malformed, named as in huggingface/safetensors, safetensors/src/tensor.rs, enum
  // SafeTensorError. Its InvalidHeaderStart is missing: like the reader there, ours accepts white space before
  // the header.
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

// Every function of the library that fails throws this, or std::bad_alloc.
class VALENCE_EXPORT Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message);
  ~Error() override;
  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

}  // namespace valence
