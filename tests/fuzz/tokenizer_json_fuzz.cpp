// Any bytes as tokenizer.json.
#include "tokenizer_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  valence::internal::ReadAndEncode("tokenizer.json", valence::internal::Text(data, size));
  return 0;
}
