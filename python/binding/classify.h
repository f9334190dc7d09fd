// Classifies a column slice by slice: without the GIL, and asking for signals between.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "text_column.h"
#include "valence/c.h"

namespace valence_python {

// Arrays of the caller's, the length of the column; null: not wanted. Rows that are null are left as they are.
struct Answers {
  std::int32_t* label_ids = nullptr;
  float* label_scores = nullptr;
  float* scores = nullptr;  // [rows, labels]
  float* logits = nullptr;  // [rows, labels]
  std::uint8_t* truncated = nullptr;
};

// How much text a slice holds, in bytes: learned from how fast the last ones were, from all threads.
using SliceBytes = std::atomic<std::size_t>;
inline constexpr std::size_t kFirstSliceBytes = 4096;

// Call it with the GIL. Throws Failure, and what a signal's handler raises: then up to half a second after the signal.
void Classify(const valence_classifier* classifier, const TextColumn& column, const Answers& answers,
              SliceBytes& slice_bytes);

}  // namespace valence_python
