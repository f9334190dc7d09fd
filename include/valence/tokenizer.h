// BERT WordPiece tokenization; the ids equal those of Hugging Face tokenizers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "valence/export.h"

namespace valence {

// The token ids of one text.
struct VALENCE_EXPORT Encoding {
  std::vector<std::int32_t> ids;  // [CLS] pieces [SEP]; never empty
  bool truncated = false;         // pieces beyond the limit were cut off
};

// Turns UTF-8 text into token ids. Immutable: any number of threads may call any method at the same time.
class VALENCE_EXPORT Tokenizer {
 public:
  // Loads the default model's tokenizer, found as by Classifier::load().
  static Tokenizer load();

  // Reads tokenizer.json, or vocab.txt with tokenizer_config.json, from a model folder; does not read the weights.
  // Throws Error: kFileNotFound, kFileUnreadable, kInvalidTokenizer.
  static Tokenizer load(const std::filesystem::path& model_folder);

  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  ~Tokenizer();

  // At most `max_tokens` ids, the two special ones included; the end of a longer text is cut off, or its
  // beginning where the tokenizer files state truncation_side "left". A special token
  // that is written in the text ("[SEP]") becomes its id. A maximal ill-formed UTF-8 sequence counts as U+FFFD, which
  // BERT's normalizer drops.
  // Throws Error kInvalidArgument when max_tokens < 2.
  Encoding encode(std::string_view utf8, std::size_t max_tokens = 512) const;

  // Appends the ids to `ids` and returns whether the text was truncated. Allocates nothing once `ids` and the calling
  // thread's scratch memory are large enough.
  bool encode_to(std::string_view utf8, std::size_t max_tokens, std::vector<std::int32_t>& ids) const;

  // The piece of an id ("##ie"), valid as long as the tokenizer; empty for an id without a piece.
  std::string_view piece(std::int32_t id) const noexcept;

  // One more than the largest id.
  std::size_t vocab_size() const noexcept;

  // The tokens that a text may have: the smaller of model_max_length in the tokenizer files and what the model of
  // config.json reads; SIZE_MAX if neither is stated.
  std::size_t model_max_length() const noexcept;

  // The folder that it was loaded from; for one in the Hugging Face cache its snapshot.
  const std::filesystem::path& model_folder() const noexcept;

  class Impl;  // the library's own

 private:
  explicit Tokenizer(std::unique_ptr<const Impl> impl);
  std::unique_ptr<const Impl> impl_;
};

}  // namespace valence
