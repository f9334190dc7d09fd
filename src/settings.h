// Computes a classifier's settings from Options and the model's limits.
#pragma once

#include <cstddef>

#include "batch/windowed_text.h"
#include "cpu/data_type.h"
#include "files/config.h"
#include "valence/classifier.h"

namespace valence::internal {

// Checked, with every "0: the default" of Options replaced.
struct Settings {
  int threads;          // 1 to 1024
  Precision precision;  // not kAuto
  int max_tokens;       // 2 to max_position_embeddings
  LongText long_text;
  int stride;  // 1 to max_tokens - 2; 0 where max_tokens is 2
  TextPreparation preparation;

  // How texts are split: only kMeanOfWindows has windows.
  WindowRule window_rule() const;
};

// The number of threads for Options::threads or Threads(count). Throws Error kInvalidArgument.
int ChooseThreads(int asked);

// int8_layers: whether the folder's linear layers are s8. model_max_length: of the tokenizer's files, SIZE_MAX if they
// have none.
// Throws Error kInvalidArgument or kUnsupportedCpu; the message has the option, what is allowed and what was found.
Settings ChooseSettings(const Options& options, const Config& config, bool int8_layers, std::size_t model_max_length);

// What Precision::kAuto means on this CPU for a folder whose linear layers are not in s8.
Precision AutoPrecision();

// The type of the operands of matrix products at that precision.
DataType OperandType(Precision precision);

}  // namespace valence::internal
