// The checks of Options, one function for each option.
#include "settings.h"

#include <algorithm>
#include <string>

#include "cpu/cpu_limit.h"
#include "ops/implementation.h"
#include "ops/int8.h"
#include "valence/error.h"
#include "valence/threads.h"

namespace valence::internal {
namespace {

constexpr int kMaxThreads = 1024;
constexpr int kSpecialIds = 2;  // [CLS] and [SEP]

Precision ChoosePrecision(Precision asked, bool int8_layers) {
  switch (asked) {
    case Precision::kAuto:
      return int8_layers && HasInt8Products() ? ChoosePrecision(Precision::kInt8, true) : AutoPrecision();
    case Precision::kF32:
      return asked;
    case Precision::kInt8:
      Int8ProductInUse();  // throws where the CPU has none
      return asked;
    case Precision::kBf16:
      if (HasBf16Products()) return asked;
      throw Error(ErrorCode::kUnsupportedCpu,
                  "Options::precision: bf16 needs a CPU with AVX-512 bf16 or AMX; found instruction set " +
                      OneDnnIsa() + ": use f32 or auto");
  }
  throw Error(ErrorCode::kInvalidArgument,
              "Options::precision: expected a value of Precision, found " + std::to_string(static_cast<int>(asked)));
}

// The model's limit is the smaller of its position table's size and the tokenizer's model_max_length.
int ChooseMaxTokens(int asked, const Config& config, std::size_t model_max_length) {
  const auto positions = static_cast<std::size_t>(config.max_tokens());
  if (asked == 0) return static_cast<int>(std::min(positions, model_max_length));
  if (asked < kSpecialIds || static_cast<std::size_t>(asked) > positions) {
    throw Error(ErrorCode::kInvalidArgument, "Options::max_tokens: expected 2 to " + std::to_string(positions) +
                                                 " (max_position_embeddings; 0: the model's limit), found " +
                                                 std::to_string(asked));
  }
  return asked;
}

LongText ChooseLongText(LongText asked) {
  switch (asked) {
    case LongText::kTruncate:
    case LongText::kFirstAndLast:
    case LongText::kMeanOfWindows:
      return asked;
  }
  throw Error(ErrorCode::kInvalidArgument,
              "Options::long_text: expected a value of LongText, found " + std::to_string(static_cast<int>(asked)));
}

// The distance from the start of one window to the next, in pieces; by default a whole window.
int ChooseStride(int asked, LongText long_text, int max_tokens) {
  const int whole_window = max_tokens - kSpecialIds;
  if (long_text == LongText::kMeanOfWindows && whole_window < 1) {
    throw Error(ErrorCode::kInvalidArgument,
                "Options::max_tokens: expected at least 3 for windows, found " + std::to_string(max_tokens));
  }
  if (asked < 0 || asked > whole_window) {
    throw Error(ErrorCode::kInvalidArgument, "Options::stride: expected 0 to " + std::to_string(whole_window) +
                                                 " (max_tokens - 2; 0: as many), found " + std::to_string(asked));
  }
  return asked == 0 ? whole_window : asked;
}

}  // namespace

int ChooseThreads(int asked) {
  if (asked < 0 || asked > kMaxThreads) {
    throw Error(ErrorCode::kInvalidArgument, "Options::threads: expected 0 to " + std::to_string(kMaxThreads) +
                                                 " (0: all CPUs), found " + std::to_string(asked));
  }
  return asked == 0 ? std::min(UsableCpus(), kMaxThreads) : asked;
}

WindowRule Settings::window_rule() const {
  if (long_text != LongText::kMeanOfWindows) return {};
  return {static_cast<std::size_t>(max_tokens), static_cast<std::size_t>(stride)};
}

Settings ChooseSettings(const Options& options, const Config& config, bool int8_layers, std::size_t model_max_length) {
  Settings settings{};
  settings.threads = options.shared_threads ? options.shared_threads->count() : ChooseThreads(options.threads);
  settings.precision = ChoosePrecision(options.precision, int8_layers);
  settings.max_tokens = ChooseMaxTokens(options.max_tokens, config, model_max_length);
  settings.long_text = ChooseLongText(options.long_text);
  settings.stride = ChooseStride(options.stride, settings.long_text, settings.max_tokens);
  settings.preparation = options.preparation;
  return settings;
}

Precision AutoPrecision() { return HasBf16Products() ? Precision::kBf16 : Precision::kF32; }

DataType OperandType(Precision precision) {
  switch (precision) {
    case Precision::kAuto:
      return OperandType(AutoPrecision());
    case Precision::kF32:
      return DataType::kF32;
    case Precision::kBf16:
      return DataType::kBf16;
    case Precision::kInt8:
      return DataType::kS8;
  }
  __builtin_unreachable();
}

}  // namespace valence::internal
