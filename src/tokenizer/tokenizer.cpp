// The tokenizer: turns a text into [CLS] pieces [SEP].
#include "valence/tokenizer.h"

#include <algorithm>
#include <utility>

#include "files/model_folder.h"
#include "tokenizer/make_tokenizer.h"
#include "tokenizer/piece_names.h"
#include "tokenizer/pipeline.h"
#include "valence/error.h"

namespace valence {
namespace {

constexpr std::size_t kSpecialIds = 2;  // [CLS] and [SEP]

// Of the folder's model. A tokenizer may stand alone, or beside a config.json that is not one of ours: then there are
// no limits.
struct ModelLimits {
  std::size_t tokens = SIZE_MAX;  // of a text
  std::int64_t embeddings = INT64_MAX;
};

ModelLimits ReadModelLimits(const std::filesystem::path& folder) {
  try {
    const internal::Config config = internal::ReadConfig(folder / "config.json");
    return {static_cast<std::size_t>(config.max_tokens()), config.vocab_size};
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

class Tokenizer::Impl {
 public:
  explicit Impl(const internal::TokenizerSpec& spec)
      : pipeline(spec),
        names(spec),
        model_folder(spec.folder),
        cls_id(spec.cls_id),
        sep_id(spec.sep_id),
        model_max_length(spec.model_max_length.value_or(SIZE_MAX)),
        truncates_left(spec.truncates_left) {
    for (const std::int32_t id : {cls_id, sep_id}) {
      if (id < 0) {
        throw Error(ErrorCode::kInvalidTokenizer,
                    "[CLS] and [SEP]: expected ids of 0 or more, found " + std::to_string(id));
      }
    }
  }

  static Tokenizer Make(const internal::TokenizerSpec& spec) { return Tokenizer(std::make_unique<const Impl>(spec)); }

  internal::TokenizerPipeline pipeline;
  internal::PieceNames names;
  std::filesystem::path model_folder;
  std::int32_t cls_id;
  std::int32_t sep_id;
  std::size_t model_max_length;
  bool truncates_left;
};

Tokenizer Tokenizer::load() { return load(internal::DefaultModelFolder()); }

Tokenizer Tokenizer::load(const std::filesystem::path& model_folder) {
  const auto folder = internal::PublishedFolder(model_folder);
  const ModelLimits limits = ReadModelLimits(folder);
  internal::TokenizerSpec spec = internal::ReadTokenizerSpec(folder, limits.embeddings);
  spec.model_max_length = std::min(spec.model_max_length.value_or(SIZE_MAX), limits.tokens);
  return internal::MakeTokenizer(spec);
}

Tokenizer internal::MakeTokenizer(const TokenizerSpec& spec) { return Tokenizer::Impl::Make(spec); }

Tokenizer::Tokenizer(std::unique_ptr<const Impl> impl) : impl_(std::move(impl)) {}
Tokenizer::Tokenizer(Tokenizer&&) noexcept = default;
Tokenizer& Tokenizer::operator=(Tokenizer&&) noexcept = default;
Tokenizer::~Tokenizer() = default;

Encoding Tokenizer::encode(std::string_view utf8, std::size_t max_tokens) const {
  Encoding encoding;
  encoding.truncated = encode_to(utf8, max_tokens, encoding.ids);
  return encoding;
}

bool Tokenizer::encode_to(std::string_view utf8, std::size_t max_tokens, std::vector<std::int32_t>& ids) const {
  if (max_tokens < kSpecialIds) {
    throw Error(ErrorCode::kInvalidArgument,
                "max_tokens: expected at least 2, for [CLS] and [SEP], found " + std::to_string(max_tokens));
  }
  ids.push_back(impl_->cls_id);
  const std::size_t begin = ids.size(), max_pieces = max_tokens - kSpecialIds;
  bool truncated = impl_->pipeline.Encode(utf8, impl_->truncates_left ? SIZE_MAX : max_pieces, ids);
  if (ids.size() - begin > max_pieces) {
    const auto first = ids.begin() + static_cast<std::ptrdiff_t>(begin);
    ids.erase(first, ids.end() - static_cast<std::ptrdiff_t>(max_pieces));
    truncated = true;
  }
  ids.push_back(impl_->sep_id);
  return truncated;
}

std::string_view Tokenizer::piece(std::int32_t id) const noexcept { return impl_->names[id]; }
std::size_t Tokenizer::vocab_size() const noexcept { return impl_->names.vocab_size(); }
std::size_t Tokenizer::model_max_length() const noexcept { return impl_->model_max_length; }
const std::filesystem::path& Tokenizer::model_folder() const noexcept { return impl_->model_folder; }

}  // namespace valence
