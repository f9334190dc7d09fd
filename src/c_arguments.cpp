// Checks and converts the arguments of the C interface.
#include "c_arguments.h"

#include <cstdint>

#include "unicode/utf8.h"

namespace valence::internal {
namespace {

// The first of `values` stands for 0, the next one for 1.
template <class Value, std::size_t kCount>
Value Choose(const char* name, std::int32_t given, const Value (&values)[kCount]) {
  if (given < 0 || static_cast<std::size_t>(given) >= kCount) {
    ThrowArgument(std::string(name) + ": expected 0 to " + std::to_string(kCount - 1) + ", found " +
                  std::to_string(given));
  }
  return values[given];
}

TextPreparation ConvertPreparation(std::uint32_t given) {
  TextPreparation preparation;
  const auto take = [&given](valence_preparation bit) {
    const bool is_set = (given & bit) != 0;
    given &= ~static_cast<std::uint32_t>(bit);
    return is_set;
  };
  preparation.strip_urls = take(VALENCE_STRIP_URLS);
  preparation.strip_user_names = take(VALENCE_STRIP_USER_NAMES);
  preparation.strip_email_addresses = take(VALENCE_STRIP_EMAIL_ADDRESSES);
  preparation.strip_phone_numbers = take(VALENCE_STRIP_PHONE_NUMBERS);
  preparation.lower_case = take(VALENCE_LOWER_CASE);
  preparation.remove_stop_words = take(VALENCE_REMOVE_STOP_WORDS);
  if (given != 0) ThrowArgument("options.preparation: unknown bits " + std::to_string(given));
  return preparation;
}

}  // namespace

void ThrowArgument(const std::string& message) { throw Error(ErrorCode::kInvalidArgument, message); }

void CheckPointer(const char* name, const void* pointer) {
  if (pointer == nullptr) ThrowArgument(std::string(name) + ": expected a pointer, found null");
}

Options ConvertOptions(const valence_options* given) {
  Options options;
  if (given == nullptr) return options;
  const valence_options known = CopyKnownFields("options", given);
  options.threads = known.threads;
  options.max_tokens = known.max_tokens;
  options.precision = Choose("options.precision", known.precision,
                             {Precision::kAuto, Precision::kF32, Precision::kBf16, Precision::kInt8});
  options.long_text = Choose("options.long_text", known.long_text,
                             {LongText::kTruncate, LongText::kFirstAndLast, LongText::kMeanOfWindows});
  options.stride = known.stride;
  options.preparation = ConvertPreparation(known.preparation);
  return options;
}

QuantizeOptions ConvertQuantizeOptions(const valence_quantize_options* given) {
  QuantizeOptions options;
  if (given == nullptr) return options;
  const valence_quantize_options known = CopyKnownFields("options", given);
  options.word_embeddings = Choose("options.keep_embeddings", known.keep_embeddings, {true, false});
  return options;
}

std::size_t BytesOfCutSequence(std::string_view text) {
  for (std::size_t back = 1; back < kMaxUtf8Length && back <= text.size(); ++back) {
    const char* const start = text.data() + text.size() - back;
    if (IsUtf8Continuation(*start)) continue;
    const auto lead = static_cast<unsigned char>(*start);
    const std::size_t length = lead < 0xc2 || lead > 0xf4 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    const auto decoded = DecodeUtf8(start, start + back);
    return length > back && decoded.length == back ? back : 0;
  }
  return 0;
}

}  // namespace valence::internal
