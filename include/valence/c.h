// The C interface: the library for C11 and for every language that calls C.
//
// No function throws, prints, exits or aborts. Those that return a valence_status write no result when they fail,
// except that valence_tokenize says in *count how much room it needs; valence_last_error() then has the message.
//
// A null pointer and a pointer to something other than a classifier are errors too, the latter as far as the memory it
// points to tells. A classifier that was freed is not recognised: using it, or freeing it again, is undefined, as with
// free().
//
// The structs with a `size` may grow in later versions: set it to sizeof, and all that is not named to zero, as an
// initialiser does:
//
//   valence_options options = {.size = sizeof options, .threads = 2};
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "valence/export.h"

#ifdef __cplusplus
extern "C" {
#endif

// valence::ErrorCode in numbers that stay the same.
typedef enum valence_status {
  VALENCE_OK = 0,
  VALENCE_ERROR_INVALID_ARGUMENT = 1,  // also: null pointers, pointers to something other than a classifier, a text
                                       // that ends inside a UTF-8 sequence
  VALENCE_ERROR_FILE_NOT_FOUND = 2,
  VALENCE_ERROR_FILE_UNREADABLE = 3,
  VALENCE_ERROR_UNSUPPORTED_MODEL = 4,
  VALENCE_ERROR_INVALID_CONFIG = 5,
  VALENCE_ERROR_INVALID_TOKENIZER = 6,
  VALENCE_ERROR_MISSING_TENSOR = 7,
  VALENCE_ERROR_TENSOR_SHAPE_MISMATCH = 8,
  VALENCE_ERROR_UNSUPPORTED_DTYPE = 9,
  VALENCE_ERROR_UNSUPPORTED_CPU = 10,
  VALENCE_ERROR_RUNTIME = 11,
  VALENCE_ERROR_FORKED = 12,
  VALENCE_ERROR_HEADER_TOO_SMALL = 13,
  VALENCE_ERROR_HEADER_TOO_LARGE = 14,
  VALENCE_ERROR_INVALID_HEADER_LENGTH = 15,
  VALENCE_ERROR_INVALID_HEADER = 16,
  VALENCE_ERROR_INVALID_HEADER_DESERIALIZATION = 17,
  VALENCE_ERROR_DUPLICATE_TENSOR = 18,
  VALENCE_ERROR_INVALID_OFFSET = 19,
  VALENCE_ERROR_VALIDATION_OVERFLOW = 20,
  VALENCE_ERROR_MISALIGNED_SLICE = 21,
  VALENCE_ERROR_TENSOR_INVALID_INFO = 22,
  VALENCE_ERROR_METADATA_INCOMPLETE_BUFFER = 23,
  VALENCE_ERROR_OUT_OF_MEMORY = 24,
  VALENCE_ERROR_CANCELLED = 25  // of submissions, which C++ alone has
} valence_status;

typedef enum valence_precision {
  VALENCE_PRECISION_AUTO = 0,  // int8 for a folder in int8; else bf16 where the CPU multiplies it natively, else f32
  VALENCE_PRECISION_F32 = 1,
  VALENCE_PRECISION_BF16 = 2,
  VALENCE_PRECISION_INT8 = 3  // valence::Precision::kInt8
} valence_precision;

// What becomes of a text that has more tokens than the limit: valence::LongText.
typedef enum valence_long_text {
  VALENCE_LONG_TEXT_TRUNCATE = 0,
  VALENCE_LONG_TEXT_FIRST_AND_LAST = 1,
  VALENCE_LONG_TEXT_MEAN_OF_WINDOWS = 2
} valence_long_text;

// What is taken out of a text before it is tokenized, joined by |: valence::TextPreparation.
typedef enum valence_preparation {
  VALENCE_STRIP_URLS = 1,
  VALENCE_STRIP_USER_NAMES = 2,
  VALENCE_STRIP_EMAIL_ADDRESSES = 4,
  VALENCE_STRIP_PHONE_NUMBERS = 8,
  VALENCE_LOWER_CASE = 16,
  VALENCE_REMOVE_STOP_WORDS = 32
} valence_preparation;

// A loaded model. Any function but valence_classifier_free may be called with it from any number of threads at once.
typedef struct valence_classifier valence_classifier;

typedef struct valence_options {
  size_t size;           // sizeof(valence_options)
  int32_t threads;       // worker threads, a hard limit; 0: all the CPUs that this process may use
  int32_t max_tokens;    // ids a text is cut to, the two special ones included; 0: the model's own limit
  int32_t precision;     // a valence_precision
  int32_t long_text;     // a valence_long_text
  int32_t stride;        // of windows, in tokens; 0: a whole window
  uint32_t preparation;  // valence_preparation values joined by |; 0: none
} valence_options;

// UTF-8, not zero-terminated; read where it lies, not copied. Ill-formed bytes within a text count as U+FFFD.
typedef struct valence_text {
  const char* data;  // may be null when size is 0
  size_t size;       // in bytes
} valence_text;

// Arrays of the caller's that receive the answers; a null pointer: not wanted.
typedef struct valence_answers {
  size_t size;          // sizeof(valence_answers)
  int32_t* label_ids;   // [texts] index of the largest logit; the first one of equals
  float* label_scores;  // [texts] its probability
  float* scores;        // [texts, labels] softmax of the logits; sigmoid of each for a multi-label model
  float* logits;        // [texts, labels]
  uint8_t* truncated;   // [texts] 1: the text had more tokens than the limit, and the rest was not read; else 0
} valence_answers;

typedef struct valence_quantize_options {
  size_t size;              // sizeof(valence_quantize_options)
  int32_t keep_embeddings;  // 1: word embeddings stay as they are, which leaves the answers in int8 the same; else 0
} valence_quantize_options;

// The library's version, "0.1.0".
VALENCE_EXPORT const char* valence_version(void);

// A status by name, "INVALID_ARGUMENT"; "UNKNOWN" for a number that is none.
VALENCE_EXPORT const char* valence_status_name(valence_status status);

// What the last call on this thread that failed had to say: which argument, file or tensor, what was expected and what
// was found. "" before the first failure; valid until the next one on this thread.
VALENCE_EXPORT const char* valence_last_error(void);

// Loads a published DistilBERT or BERT folder: config.json, model.safetensors, and tokenizer.json or vocab.txt. A null
// folder: the default model, from the environment variable VALENCE_MODEL if that is set, else as installed with the
// library. Null options: all defaults. *classifier is to be freed by valence_classifier_free.
VALENCE_EXPORT valence_status valence_classifier_load(const char* model_folder, const valence_options* options,
                                                      valence_classifier** classifier);

// Frees a classifier that no thread uses any more; does nothing with a null pointer.
VALENCE_EXPORT void valence_classifier_free(valence_classifier* classifier);

// Classifies texts[0 .. count). A text's answer is the same bits whatever texts are beside it. Many texts in one call
// are answered faster than one at a time. After a fork see valence::Classifier.
VALENCE_EXPORT valence_status valence_classify(const valence_classifier* classifier, const valence_text* texts,
                                               size_t count, const valence_answers* answers);

// The token ids of a text as it stands, cut to the classifier's max_tokens (long_text and preparation are not applied):
// writes them to ids[0 .. *count), and to *truncated, which may be null, whether some were cut off. Room for
// valence_classifier_max_tokens() ids always suffices; where `capacity` is too small, the status is
// VALENCE_ERROR_INVALID_ARGUMENT, *count is the room needed, and ids and *truncated are untouched.
VALENCE_EXPORT valence_status valence_tokenize(const valence_classifier* classifier, valence_text text, int32_t* ids,
                                               size_t capacity, size_t* count, uint8_t* truncated);

// The piece of an id ("##ie"); empty for an id without one. Valid as long as the classifier, as are the labels.
VALENCE_EXPORT valence_text valence_classifier_piece(const valence_classifier* classifier, int32_t id);

// Number of labels, and their names; null for an index that is out of range. For a null pointer or a pointer to
// something other than a classifier, these and the following return 0 or null and set valence_last_error().
VALENCE_EXPORT size_t valence_classifier_label_count(const valence_classifier* classifier);
VALENCE_EXPORT const char* valence_classifier_label(const valence_classifier* classifier, size_t index);

// What is in use.
VALENCE_EXPORT int32_t valence_classifier_threads(const valence_classifier* classifier);
VALENCE_EXPORT int32_t valence_classifier_max_tokens(const valence_classifier* classifier);
VALENCE_EXPORT valence_precision valence_classifier_precision(const valence_classifier* classifier);
VALENCE_EXPORT const char* valence_classifier_model_folder(const valence_classifier* classifier);

// Writes the folder `to`, which must not exist: the model of the folder `from` in int8. It appears when it is complete;
// a failure leaves nothing behind. Loaded with VALENCE_PRECISION_INT8, both give the same bits. Null options: all
// defaults. valence::quantize_model in valence/quantize.h says what is written and what is refused.
VALENCE_EXPORT valence_status valence_quantize_model(const char* from, const char* to,
                                                     const valence_quantize_options* options);

#ifdef __cplusplus
}
#endif
