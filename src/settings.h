// Options and the model's limits to the settings that a classifier runs with.
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

// How many threads Options::threads or Threads(count) stand for. Throws Error kInvalidArgument.
int ChooseThreads(int asked);

// model_max_length: what the tokenizer's files state, SIZE_MAX where they state nothing.
// Throws Error kInvalidArgument or kUnsupportedCpu that names the option, what it may be and what it is.
Settings ChooseSettings(const Options& options, const Config& config, std::size_t model_max_length);

// What Precision::kAuto means on this CPU.
Precision AutoPrecision();

// The type of the operands of matrix products at that precision.
DataType OperandType(Precision precision);

}  // namespace valence::internal
