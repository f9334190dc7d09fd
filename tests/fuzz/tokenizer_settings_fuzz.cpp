// Any bytes as tokenizer_config.json, special_tokens_map.json and added_tokens.json beside a sound vocab.txt.
#include "tokenizer_input.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TemporaryFolder folder;
  static const auto vocabulary =
      folder.Write("vocab.txt", "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n##b\n<s>\n[odd]\n");
  FileSplitter files(Text(data, size));
  for (const char* name : {"tokenizer_config.json", "special_tokens_map.json", "added_tokens.json"}) {
    const std::string_view content = files.Next();
    folder.Write(name, content);
    if (content.empty()) std::filesystem::remove(folder / name);
  }
  AnswerOrError([&] {
    const TokenizerSpec spec = ReadTokenizerSpec(folder.path(), /*embeddings=*/12);
    EncodeTexts(spec);
  });
  return 0;
}
