// Reads tokenizer.json, the file format of huggingface/tokenizers, for BERT tokenizers.
#include <utility>

#include "files/json_file.h"
#include "files/tokenizer_files.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

bool IsId(const Json& value) { return value.is_number_unsigned() && value.get<std::uint64_t>() <= INT32_MAX; }

// The part `name`, which is required and must have BERT's type.
JsonObject Part(const JsonObject& file, const char* name, const char* type) {
  const JsonObject part = file.RequiredObject(name);
  const auto found = part.String("type");
  if (found != type) part.Fail("type", Quoted(type), found ? Quoted(*found) : "none");
  return part;
}

void ReadNormalizer(const JsonObject& file, TokenizerSpec& spec) {
  const JsonObject normalizer = Part(file, "normalizer", "BertNormalizer");
  spec.clean_text = normalizer.Bool("clean_text").value_or(true);
  spec.handle_chinese_chars = normalizer.Bool("handle_chinese_chars").value_or(true);
  spec.strip_accents = normalizer.Bool("strip_accents");
  spec.lowercase = normalizer.Bool("lowercase").value_or(true);
}

void ReadModel(const JsonObject& file, TokenizerSpec& spec) {
  const JsonObject model = file.RequiredObject("model");
  // Files of early versions have no type; other fields then distinguish WordPiece.
  const auto type = model.String("type");
  const bool is_word_piece = type ? *type == "WordPiece" : model.Find("max_input_chars_per_word") != nullptr;
  if (!is_word_piece) model.Fail("type", "\"WordPiece\"", type ? Quoted(*type) : "none");
  spec.unk_token = model.String("unk_token").value_or(spec.unk_token);
  spec.continuing_subword_prefix = model.String("continuing_subword_prefix").value_or(spec.continuing_subword_prefix);
  spec.max_input_chars_per_word =
      static_cast<std::size_t>(model.Integer("max_input_chars_per_word", 1, 1'000'000).value_or(100));
  const JsonObject vocab = model.RequiredObject("vocab");
  if (vocab.value().size() > kMaxVocabulary) {
    model.Fail("vocab", "at most " + std::to_string(kMaxVocabulary) + " pieces", std::to_string(vocab.value().size()));
  }
  spec.vocab.reserve(vocab.value().size());
  for (const auto& [piece, id] : vocab.value().items()) {
    if (!IsId(id)) {
      vocab.Fail(Quoted(piece), "an id from 0 to 2147483647", Described(id));
    }
    spec.vocab.emplace_back(piece, id.get<std::int32_t>());
  }
}

// {"single": [{"SpecialToken": {"id": "[CLS]", ..}}, {"Sequence": {"id": "A", ..}}, {"SpecialToken": {"id": "[SEP]",
// ..}}],
//  "special_tokens": {"[CLS]": {"ids": [101], ..}, ..}, ..}
class TemplateReader {
 public:
  TemplateReader(const JsonObject& processor, const std::filesystem::path& path) : processor_(processor), path_(path) {}

  void Read(TokenizerJson& file) const {
    const Json* single = processor_.Find("single");
    if (single == nullptr || !single->is_array() || single->size() != 3 || !(*single)[1].is_object() ||
        !(*single)[1].contains("Sequence")) {
      processor_.Fail("single", "a special token, the sequence and a special token",
                      single == nullptr ? "none" : Described(*single));
    }
    file.cls = Special((*single)[0], "single[0].");
    file.sep = Special((*single)[2], "single[2].");
  }

 private:
  StatedToken Special(const Json& element, const std::string& where) const {
    const JsonObject object(element, path_, ErrorCode::kInvalidTokenizer, "post_processor." + where);
    StatedToken stated;
    stated.token.content = object.RequiredObject("SpecialToken").RequiredString("id");
    const JsonObject tokens = processor_.RequiredObject("special_tokens");
    const JsonObject token = tokens.RequiredObject(stated.token.content.c_str());
    const Json* ids = token.Find("ids");
    if (ids == nullptr || !ids->is_array() || ids->size() != 1 || !IsId((*ids)[0])) {
      token.Fail("ids", "an array of one id", ids == nullptr ? "none" : Described(*ids));
    }
    stated.id = (*ids)[0].get<std::int32_t>();
    return stated;
  }

  const JsonObject& processor_;
  const std::filesystem::path& path_;
};

// {"type": "BertProcessing", "sep": ["[SEP]", 102], "cls": ["[CLS]", 101]}
StatedToken ReadPair(const JsonObject& processor, const char* name) {
  const Json* pair = processor.Find(name);
  if (pair == nullptr || !pair->is_array() || pair->size() != 2 || !(*pair)[0].is_string() || !IsId((*pair)[1])) {
    processor.Fail(name, "a token and its id", pair == nullptr ? "none" : Described(*pair));
  }
  StatedToken stated;
  stated.token.content = (*pair)[0].get<std::string>();
  stated.id = (*pair)[1].get<std::int32_t>();
  return stated;
}

void ReadPostProcessor(const JsonObject& file, const std::filesystem::path& path, TokenizerJson& out) {
  const auto processor = file.Object("post_processor");
  if (!processor) return;
  const std::string type = processor->RequiredString("type");
  if (type == "TemplateProcessing") {
    TemplateReader(*processor, path).Read(out);
  } else if (type == "BertProcessing") {
    out.cls = ReadPair(*processor, "cls");
    out.sep = ReadPair(*processor, "sep");
  } else {
    processor->Fail("type", "\"TemplateProcessing\" or \"BertProcessing\"", Quoted(type));
  }
  out.has_template = true;
}

void ReadAddedTokens(const JsonObject& file, const std::filesystem::path& path, TokenizerJson& out) {
  const Json* array = file.Find("added_tokens");
  if (array == nullptr) return;
  if (!array->is_array()) file.Fail("added_tokens", "an array", Described(*array));
  for (const Json& value : *array) {
    const std::string where = "added_tokens[" + std::to_string(out.added.size()) + "].";
    const JsonObject token(value, path, ErrorCode::kInvalidTokenizer, where);
    out.added.push_back(ReadStatedToken(token));
    out.added.back().id = token.RequiredId("id");
  }
}

}  // namespace

std::optional<bool> ReadSide(const JsonObject& object, const char* name) {
  const auto side = object.String(name);
  if (!side) return std::nullopt;
  if (*side == "left" || *side == "Left") return true;
  if (*side != "right" && *side != "Right") object.Fail(name, "\"left\" or \"right\"", Quoted(*side));
  return false;
}

StatedToken ReadStatedToken(const JsonObject& token) {
  StatedToken stated;
  stated.token.content = token.RequiredString("content");
  const bool special = token.Bool("special").value_or(false);
  stated.token.normalized = token.Bool("normalized").value_or(!special);
  stated.token.single_word = token.Bool("single_word").value_or(false);
  stated.token.lstrip = token.Bool("lstrip").value_or(false);
  stated.token.rstrip = token.Bool("rstrip").value_or(false);
  return stated;
}

TokenizerJson ReadTokenizerJson(const std::filesystem::path& path) {
  const JsonTree json = ReadJsonFile(path, ErrorCode::kInvalidTokenizer);
  const JsonObject file(json.root, path, ErrorCode::kInvalidTokenizer);
  TokenizerJson out;
  ReadModel(file, out.spec);
  ReadNormalizer(file, out.spec);
  Part(file, "pre_tokenizer", "BertPreTokenizer");
  ReadPostProcessor(file, path, out);
  ReadAddedTokens(file, path, out);
  if (const auto truncation = file.Object("truncation")) {
    out.spec.truncates_left = ReadSide(*truncation, "direction").value_or(false);
  }
  return out;
}

}  // namespace valence::internal
