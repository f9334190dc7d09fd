// Combines the tokenizer's files into one TokenizerSpec.
#include "files/tokenizer_spec.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "files/tokenizer_files.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& folder, const std::string& what) {
  throw Error(ErrorCode::kInvalidTokenizer, Shown(folder) + ": tokenizer: " + what);
}

// The ids of pieces and added tokens.
class Ids {
 public:
  Ids(TokenizerSpec& spec, const std::filesystem::path& folder) : spec_(spec), folder_(folder) {
    pieces_.reserve(spec.vocab.size());
    for (const auto& [piece, id] : spec.vocab) pieces_[piece] = id;
    next_ = static_cast<std::int32_t>(pieces_.size());
  }

  std::optional<std::int32_t> Find(std::string_view content) const {
    if (const auto piece = pieces_.find(content); piece != pieces_.end()) return piece->second;
    for (const AddedToken& token : spec_.added_tokens) {
      if (token.content == content) return token.id;
    }
    return std::nullopt;
  }
  bool HasPiece(std::string_view content) const { return pieces_.contains(content); }

  // A token in the vocabulary has the vocabulary's id; the others get the ids that follow. One that gets an id of
  // `limit` or more is left out, but takes it.
  void Add(const StatedToken& stated, std::int64_t limit = INT64_MAX) {
    AddedToken token = stated.token;
    if (token.content.empty() || !added_.insert(token.content).second) return;
    const auto known = pieces_.find(token.content);
    token.id = known != pieces_.end() ? known->second : next_;
    next_ = std::max(next_, token.id + 1);
    if (token.id >= limit && known == pieces_.end()) return;
    if (stated.id && *stated.id != token.id) {
      Fail(folder_, "added token " + Quoted(token.content) + ": expected the id " + std::to_string(token.id) +
                        (known != pieces_.end() ? " of the vocabulary" : " that follows the vocabulary") + ", found " +
                        std::to_string(*stated.id));
    }
    spec_.added_tokens.push_back(std::move(token));
  }

  // The id of [CLS] or [SEP], which begin and end every text.
  std::int32_t Frame(const char* name, const StatedToken& stated) const {
    const auto id = Find(stated.token.content);
    if (!id) Fail(folder_, std::string(name) + " " + Quoted(stated.token.content) + " is not in the vocabulary");
    if (stated.id && *stated.id != *id) {
      Fail(folder_, "post_processor: expected the id " + std::to_string(*id) + " of " + Quoted(stated.token.content) +
                        " in the vocabulary, found " + std::to_string(*stated.id));
    }
    return *id;
  }

 private:
  TokenizerSpec& spec_;
  const std::filesystem::path& folder_;
  std::unordered_map<std::string_view, std::int32_t> pieces_;  // views of spec_.vocab
  std::unordered_set<std::string> added_;
  std::int32_t next_ = 0;
};

TokenizerJson ReadMainFile(const std::filesystem::path& folder, bool& is_json) {
  const auto json = folder / "tokenizer.json", vocabulary = folder / "vocab.txt";
  is_json = IsThere(json);
  if (is_json) return ReadTokenizerJson(json);
  TokenizerJson file;
  if (!IsThere(vocabulary)) {
    throw Error(ErrorCode::kFileNotFound, Shown(folder) + ": expected tokenizer.json or vocab.txt, found neither");
  }
  file.spec.vocab = ReadVocabulary(vocabulary);
  return file;
}

// Replaces what `file` says by what tokenizer_config.json states.
void ApplySettings(const TokenizerSettings& settings, TokenizerJson& file) {
  TokenizerSpec& spec = file.spec;
  spec.lowercase = settings.lowercase.value_or(spec.lowercase);
  spec.handle_chinese_chars = settings.handle_chinese_chars.value_or(spec.handle_chinese_chars);
  if (settings.strip_accents) spec.strip_accents = *settings.strip_accents;
  if (settings.added) file.added = *settings.added;
  const auto stated = [&](const char* name) -> const std::string* {
    const auto found = settings.special.find(name);
    return found == settings.special.end() || !found->second ? nullptr : &found->second->token.content;
  };
  if (const auto* unk = stated("unk_token")) spec.unk_token = *unk;
  const auto frame = [&](const char* name, const char* usual, StatedToken& token) {
    if (!file.has_template) token.token.content = usual;
    const auto* content = stated(name);
    if (content != nullptr && *content != token.token.content) token = {.token = {.content = *content}, .id = {}};
  };
  frame("cls_token", "[CLS]", file.cls);
  frame("sep_token", "[SEP]", file.sep);
}

// The token of a name of kSpecialNames, after ApplySettings: what the settings state, else what the class has.
std::optional<StatedToken> SpecialToken(std::string_view name, const TokenizerSettings& settings,
                                        const TokenizerJson& file, bool json_rules) {
  const auto stated = settings.special.find(name);
  const bool is_stated = stated != settings.special.end();
  if (is_stated && stated->second) return stated->second;
  if (json_rules) return std::nullopt;
  const auto token = [](const std::string& content) { return StatedToken{.token = {.content = content}, .id = {}}; };
  if (name == "unk_token") return token(file.spec.unk_token);
  if (name == "cls_token") return token(file.cls.token.content);
  if (name == "sep_token") return token(file.sep.token.content);
  if (is_stated) return std::nullopt;  // null
  if (name == "pad_token") return token("[PAD]");
  if (name == "mask_token") return token("[MASK]");
  return std::nullopt;
}

}  // namespace

TokenizerSpec ReadTokenizerSpec(const std::filesystem::path& model_folder, std::int64_t embeddings) {
  const TokenizerSettings settings = ReadTokenizerSettings(model_folder);
  bool is_json = false;
  TokenizerJson file = ReadMainFile(model_folder, is_json);
  TokenizerSpec& spec = file.spec;
  const bool json_rules = is_json && settings.tokenizer_json_rules;
  if (!json_rules) ApplySettings(settings, file);
  if (json_rules && !file.has_template) {
    Fail(model_folder, "post_processor: expected one that adds [CLS] and [SEP], found none");
  }
  spec.folder = model_folder;
  spec.model_max_length = settings.model_max_length;
  spec.truncates_left = settings.truncates_left.value_or(spec.truncates_left);

  Ids ids(spec, model_folder);
  if (!ids.HasPiece(spec.unk_token)) {
    Fail(model_folder, "unk_token " + Quoted(spec.unk_token) + " is not in the vocabulary");
  }
  for (const StatedToken& token : file.added) ids.Add(token);
  if (settings.added_file) {
    for (const StatedToken& token : *settings.added_file) ids.Add(token);
  }
  if (json_rules && settings.added) {
    for (const StatedToken& token : *settings.added) ids.Add(token);
  }
  // Named tokens are special even if no list of added tokens contains them.
  for (const char* const name : kSpecialNames) {
    const auto token = SpecialToken(name, settings, file, json_rules);
    if (!token) continue;
    // Those that frame every text must be listed: a vocabulary that was cut off would be accepted without them.
    const bool frames = std::string_view(name) == "cls_token" || std::string_view(name) == "sep_token";
    if (!frames || ids.HasPiece(token->token.content)) ids.Add(*token, embeddings);
  }
  for (const auto& [name, token] : settings.named) ids.Add(token, embeddings);
  for (const StatedToken& token : settings.extra) ids.Add(token);
  spec.cls_id = ids.Frame("cls_token", file.cls);
  spec.sep_id = ids.Frame("sep_token", file.sep);
  return std::move(spec);
}

}  // namespace valence::internal
