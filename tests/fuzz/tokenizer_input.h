// A tokenizer made of files, put to use.
#pragma once

#include "files/tokenizer_spec.h"
#include "fuzz.h"
#include "reference/temporary_folder.h"
#include "tokenizer/make_tokenizer.h"

namespace valence::internal {

// Every token must have an id of its own vocabulary.
inline void EncodeTexts(const TokenizerSpec& spec) {
  const Tokenizer tokenizer = MakeTokenizer(spec);
  for (const std::string_view text : {"", "a b ab", "[CLS]a[MASK]  <new> \xC3\x89\xE4\xB8\xAD!",
                                      "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb \xFF\xF0\x9F\x98"}) {
    const Encoding encoding = tokenizer.encode(text, 16);
    Demand(encoding.ids.size() >= 2 && encoding.ids.size() <= 16, "2 to 16 ids");
    Demand(encoding.ids.front() == spec.cls_id && encoding.ids.back() == spec.sep_id, "the frame of two ids");
    for (const std::int32_t id : encoding.ids) {
      Demand(id >= 0 && static_cast<std::size_t>(id) < tokenizer.vocab_size(), "ids of the vocabulary");
    }
  }
}

// A folder with one tokenizer file in it.
inline void ReadAndEncode(const char* file, std::string_view content) {
  static const TemporaryFolder folder;
  folder.Write(file, content);
  AnswerOrError([] { EncodeTexts(ReadTokenizerSpec(folder.path())); });
}

}  // namespace valence::internal
