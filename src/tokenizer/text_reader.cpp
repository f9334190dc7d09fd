// Turns a raw text into the token ids that the model reads.
#include "tokenizer/text_reader.h"

namespace valence::internal {
namespace {

constexpr std::size_t kSpecialIds = 2;  // [CLS] and [SEP]

// The share of Sun et al. (2019), "How to Fine-Tune BERT for Text Classification?".
constexpr std::size_t kHeadShare = 128;
constexpr std::size_t kWholeShare = 510;

}  // namespace

std::size_t HeadPieces(std::size_t pieces) { return (pieces * kHeadShare + kWholeShare / 2) / kWholeShare; }

TextReader::TextReader(const Tokenizer& tokenizer, std::size_t max_tokens, LongText long_text,
                       const TextPreparation& preparation)
    : tokenizer_(tokenizer), max_tokens_(max_tokens), long_text_(long_text), preparation_(preparation) {}

bool TextReader::Read(std::string_view text, std::vector<std::int32_t>& ids) const {
  return preparation_ == TextPreparation{} ? ReadPrepared(text, ids) : ReadPrepared(prepare(text, preparation_), ids);
}

bool TextReader::ReadPrepared(std::string_view text, std::vector<std::int32_t>& ids) const {
  if (long_text_ == LongText::kTruncate) return tokenizer_.encode_to(text, max_tokens_, ids);
  const std::size_t begin = ids.size();
  tokenizer_.encode_to(text, SIZE_MAX, ids);
  const std::size_t tokens = ids.size() - begin;
  if (long_text_ == LongText::kMeanOfWindows || tokens <= max_tokens_) return false;
  const auto first_left_out =
      ids.begin() + static_cast<std::ptrdiff_t>(begin + 1 + HeadPieces(max_tokens_ - kSpecialIds));
  ids.erase(first_left_out, first_left_out + static_cast<std::ptrdiff_t>(tokens - max_tokens_));
  return true;
}

}  // namespace valence::internal

namespace valence {

const char* to_string(LongText long_text) noexcept {
  switch (long_text) {
    case LongText::kTruncate:
      return "truncate";
    case LongText::kFirstAndLast:
      return "first-and-last";
    case LongText::kMeanOfWindows:
      break;
  }
  return "mean-of-windows";
}

}  // namespace valence
