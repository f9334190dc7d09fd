// Classifies a column slice by slice, without the GIL, and checks for signals in between.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "text_column.h"
#include "valence/c.h"

namespace valence_python {

// The caller's arrays for the answers, as long as the column; null: not wanted. Entries of null rows are not written.
struct Answers {
  std::int32_t* label_ids = nullptr;
  float* label_scores = nullptr;
  float* scores = nullptr;  // [rows, labels]
  float* logits = nullptr;  // [rows, labels]
  std::uint8_t* truncated = nullptr;
};

// Size of a slice in bytes of text, adjusted to the speed of the last slices; shared by all threads.
using SliceBytes = std::atomic<std::size_t>;
inline constexpr std::size_t kFirstSliceBytes = 4096;

// Needs the GIL. Throws Failure, and what a signal's handler raises, up to half a second after the signal.
void Classify(const valence_classifier* classifier, const TextColumn& column, const Answers& answers,
              SliceBytes& slice_bytes);

}  // namespace valence_python
