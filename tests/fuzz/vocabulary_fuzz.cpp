// Any bytes as vocab.txt, after the special tokens that every vocabulary needs.
#include "tokenizer_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto text = valence::internal::Text(data, size);
  valence::internal::ReadAndEncode("vocab.txt", "[UNK]\n[CLS]\n[SEP]\n" + std::string(text));
  return 0;
}
