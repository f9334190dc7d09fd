// Runs the library's encoder on a model in memory and holds every layer's hidden states against the reference encoder.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "model/encoder.h"
#include "reference/random_model.h"
#include "reference/reference_encoder.h"

namespace valence::internal {

using TextIds = std::vector<std::int32_t>;

// What the library made of one text of a batch.
struct EncodedText {
  std::vector<RowMatrix> hidden;  // [n_layers + 1] of [tokens, dim]; of the last layer the [CLS] row only: [1, dim]
  std::vector<float> logits;      // [labels]
};

class LibraryEncoder {
 public:
  // Reads the model from a file in a temporary folder. `team`: threads that share each batch.
  LibraryEncoder(const RandomModel& model, DataType type, int team = 1);
  ~LibraryEncoder();

  // All texts in one packed batch, whatever their number of tokens.
  std::vector<EncodedText> Run(const std::vector<TextIds>& texts);

 private:
  const Config config_;
  const int team_size_;
  std::unique_ptr<const Encoder> encoder_;
};

// Compares all layers and the logits for f32 and, where the CPU has it, bf16, on a team of `team` threads.
//   f32: no value further off than 1e-4, times the largest value of the text's where that is over 1.
//   bf16: at each layer the root mean square distance from the f32 reference, over all texts, at most 1.5 times what
//   rounding the operands of each matrix product costs the reference itself; 3 times for fewer than 1000
//   numbers or 6 texts.
void ExpectEncoderMatchesReference(const RandomModel& model, const std::vector<TextIds>& texts, int team = 1);

}  // namespace valence::internal
