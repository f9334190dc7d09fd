// Prints what each stage of tokenization makes of a text, to find out why it got the pieces that it got.
//
//   tokenizer_stages MODEL_FOLDER TEXT ..
#include <exception>
#include <iostream>
#include <string>
#include <string_view>
#include <vector>

#include "files/tokenizer_spec.h"
#include "tokenizer/added_tokens.h"
#include "tokenizer/bert_normalizer.h"
#include "tokenizer/piece_names.h"
#include "tokenizer/pre_tokenizer.h"
#include "tokenizer/wordpiece.h"

namespace {

using namespace valence::internal;

void ShowWord(const WordPiece& wordpiece, const PieceNames& names, std::string_view word) {
  std::vector<std::int32_t> ids;
  wordpiece.Append(word, ids);
  std::cout << "    word        \"" << word << "\" ->";
  for (const std::int32_t id : ids) std::cout << ' ' << names[id] << ' ' << id;
  std::cout << '\n';
}

void ShowText(const TokenizerSpec& spec, std::string_view text) {
  std::vector<AddedToken> raw, normalized;
  for (const AddedToken& token : spec.added_tokens) (token.normalized ? normalized : raw).push_back(token);
  const NormalizerOptions options(spec);
  const PieceNames names(spec);
  const WordPiece wordpiece(spec);

  std::cout << "text            \"" << text << "\"\n";
  for (const AddedTokens::Part& part : AddedTokens(raw).Split(text)) {
    if (part.added_id) {
      std::cout << "  added token   " << names[*part.added_id] << ' ' << *part.added_id << '\n';
      continue;
    }
    const std::string normal = Normalize(options, part.text);
    std::cout << "  normalized    \"" << normal << "\"\n";
    for (const std::string_view word : PreTokenize(normal)) ShowWord(wordpiece, names, word);
  }
  for (const AddedToken& token : normalized) {
    std::cout << "  not shown: added token " << token.content << ", which is searched in the normalized text\n";
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    std::cerr << "usage: tokenizer_stages MODEL_FOLDER TEXT ..\n";
    return 2;
  }
  try {
    const TokenizerSpec spec = ReadTokenizerSpec(argv[1]);
    std::cout << std::boolalpha << "settings        lowercase " << spec.lowercase << ", strip_accents "
              << spec.strip_accents.value_or(spec.lowercase) << ", handle_chinese_chars " << spec.handle_chinese_chars
              << ", clean_text " << spec.clean_text << '\n';
    for (int i = 2; i < argc; ++i) ShowText(spec, argv[i]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
