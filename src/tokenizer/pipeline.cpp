// The tokenization pipeline: added tokens, normalizer, pre-tokenizer, WordPiece, truncation.
#include "tokenizer/pipeline.h"

#include <algorithm>
#include <string>
#include <unordered_map>

#include "tokenizer/pre_tokenizer.h"
#include "unicode/utf8.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

using Ids = std::vector<std::int32_t>;

// Drops the ids beyond `size`; returns whether there were any.
bool CutTo(std::size_t size, Ids& ids) {
  if (ids.size() <= size) return false;
  ids.resize(size);
  return true;
}

std::string ToWellFormed(std::string_view text) {
  std::string result;
  ForEachCodePoint(text, [&](char32_t c) { AppendUtf8(c, result); });
  return result;
}

// Of two tokens with the same content the later one counts, regardless of its flags.
std::vector<AddedToken> DistinctTokens(const TokenizerSpec& spec) {
  std::unordered_map<std::string_view, const AddedToken*> last;
  for (const AddedToken& token : spec.added_tokens) last[token.content] = &token;
  std::vector<AddedToken> tokens;
  for (const AddedToken& token : spec.added_tokens) {
    if (token.id < 0) {
      throw Error(ErrorCode::kInvalidTokenizer,
                  "added token: expected an id of 0 or more, found " + std::to_string(token.id));
    }
    if (!token.content.empty() && last[token.content] == &token) tokens.push_back(token);
  }
  return tokens;
}

std::vector<AddedToken> RawTokens(const TokenizerSpec& spec) {
  std::vector<AddedToken> tokens = DistinctTokens(spec);
  std::erase_if(tokens, [](const AddedToken& token) { return token.normalized; });
  return tokens;
}

std::vector<AddedToken> NormalizedTokens(const TokenizerSpec& spec) {
  std::vector<AddedToken> tokens = DistinctTokens(spec);
  std::erase_if(tokens, [](const AddedToken& token) { return !token.normalized; });
  for (AddedToken& token : tokens) {
    token.content = Normalize(NormalizerOptions(spec), token.content);
    if (token.content.empty()) {
      throw Error(ErrorCode::kInvalidTokenizer, "added token " + std::to_string(token.id) +
                                                    ": expected content to search for, found none once normalised");
    }
  }
  return tokens;
}

// An ill-formed sequence counts as U+FFFD but has other bytes, so a token that contains U+FFFD is found only in text
// that was made well-formed.
bool HasReplacement(const TokenizerSpec& spec) {
  return std::any_of(spec.added_tokens.begin(), spec.added_tokens.end(),
                     [](const AddedToken& token) { return token.content.find("\xef\xbf\xbd") != std::string::npos; });
}

}  // namespace

TokenizerPipeline::TokenizerPipeline(const TokenizerSpec& spec)
    : normalizer_options_(spec),
      raw_tokens_(RawTokens(spec)),
      normalized_tokens_(NormalizedTokens(spec)),
      wordpiece_(spec),
      word_reader_tables_(normalizer_options_, raw_tokens_, wordpiece_.max_word_length()),
      one_pass_will_do_(normalized_tokens_.empty() && !HasReplacement(spec)) {}

bool TokenizerPipeline::Encode(std::string_view text, std::size_t max_pieces, Ids& ids) const {
  return one_pass_will_do_ ? EncodeInOnePass(text, max_pieces, ids) : EncodeStepByStep(text, max_pieces, ids);
}

bool TokenizerPipeline::EncodeInOnePass(std::string_view text, std::size_t max_pieces, Ids& ids) const {
  thread_local WordReaderScratch scratch;
  const std::size_t max_size = ids.size() + std::min(max_pieces, ids.max_size() - ids.size());
  WordReader reader(word_reader_tables_, text, scratch);
  // One piece more than needed shows that the text is truncated.
  while (ids.size() <= max_size && reader.Next()) {
    if (reader.is_added_token()) {
      ids.push_back(reader.added_id());
    } else {
      wordpiece_.Append(reader.word(), ids);
    }
  }
  return CutTo(max_size, ids);
}

bool TokenizerPipeline::EncodeStepByStep(std::string_view text, std::size_t max_pieces, Ids& ids) const {
  const std::size_t max_size = ids.size() + std::min(max_pieces, ids.max_size() - ids.size());
  const std::string well_formed = ToWellFormed(text);
  for (const AddedTokens::Part& raw : raw_tokens_.Split(well_formed)) {
    if (raw.added_id) {
      ids.push_back(*raw.added_id);
      continue;
    }
    const std::string normalized = Normalize(normalizer_options_, raw.text);
    for (const AddedTokens::Part& part : normalized_tokens_.Split(normalized)) {
      if (part.added_id) {
        ids.push_back(*part.added_id);
        continue;
      }
      for (const std::string_view word : PreTokenize(part.text)) wordpiece_.Append(word, ids);
    }
  }
  return CutTo(max_size, ids);
}

}  // namespace valence::internal
