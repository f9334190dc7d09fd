// The tokenizer's files: transformers' reading of them, and what is refused.
#include "files/tokenizer_spec.h"

#include <map>
#include <nlohmann/json.hpp>

#include "file_errors.h"
#include "reference/temporary_folder.h"
#include "valence/tokenizer.h"

namespace valence::internal {
namespace {

using nlohmann::json;

const char* const kVocab = "[PAD]\n[UNK]\n[CLS]\n[SEP]\n[MASK]\na\nb\n";

// A sound tokenizer.json.
json Tokenizer() {
  json file = json::parse(R"({
    "added_tokens": [], "truncation": null,
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true, "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "BertProcessing", "sep": ["[SEP]", 3], "cls": ["[CLS]", 2]},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##", "max_input_chars_per_word": 100,
              "vocab": {"[PAD]": 0, "[UNK]": 1, "[CLS]": 2, "[SEP]": 3, "[MASK]": 4, "a": 5}}})");
  return file;
}

class TokenizerFiles : public testing::Test {
 protected:
  // Of a model without embeddings for further tokens.
  void Refuse(std::initializer_list<std::string_view> words) {
    const std::string message =
        ExpectError(ErrorCode::kInvalidTokenizer, words, [&] { ReadTokenizerSpec(folder_.path(), 7); });
    EXPECT_LT(message.size(), 1000u);
  }
  // tokenizer.json with the value at `pointer` replaced, or removed if that is "discarded".
  void RefuseJson(std::initializer_list<std::string_view> words, const std::string& pointer, const json& value) {
    json file = Tokenizer();
    file[json::json_pointer(pointer)] = value;
    folder_.Write("tokenizer.json", file.dump());
    SCOPED_TRACE(pointer + " = " + value.dump());
    Refuse(words);
  }
  void RefuseSettings(std::initializer_list<std::string_view> words, const std::string& settings) {
    folder_.Write("vocab.txt", kVocab);
    folder_.Write("tokenizer_config.json", settings);
    SCOPED_TRACE(settings);
    Refuse(words);
  }

  TemporaryFolder folder_;
};

TEST_F(TokenizerFiles, AreReadAsTransformersReadsThem) {
  const auto reference = json::parse(std::ifstream(VALENCE_TEST_DATA "/files/tokenizers.json"));
  EXPECT_GT(reference["cases"].size(), 50u);
  for (const auto& [name, entry] : reference["cases"].items()) {
    SCOPED_TRACE(name);
    const TemporaryFolder folder;
    for (const auto& [file, content] : entry["files"].items()) folder.Write(file, content.get<std::string>());
    TokenizerSpec spec;
    ASSERT_NO_THROW(spec = ReadTokenizerSpec(folder.path()));
    const json& judge = entry["judge"];
    EXPECT_EQ(spec.clean_text, judge["clean_text"]);
    EXPECT_EQ(spec.lowercase, judge["lowercase"]);
    EXPECT_EQ(spec.handle_chinese_chars, judge["handle_chinese_chars"]);
    EXPECT_EQ(spec.strip_accents ? json(*spec.strip_accents) : json(), judge["strip_accents"]);
    EXPECT_EQ(spec.model_max_length ? json(*spec.model_max_length) : json(), judge["model_max_length"]);
    EXPECT_EQ(spec.unk_token, judge["unk_token"].get<std::string>());
    EXPECT_EQ(spec.continuing_subword_prefix, judge["prefix"].get<std::string>());
    EXPECT_EQ(spec.max_input_chars_per_word, judge["max_input_chars_per_word"]);
    EXPECT_EQ(spec.cls_id, judge["cls_id"]);
    EXPECT_EQ(spec.sep_id, judge["sep_id"]);
    json vocab = json::object(), added = json::object();
    for (const auto& [piece, id] : spec.vocab) vocab[piece] = id;
    for (const auto& token : spec.added_tokens) {
      vocab[token.content] = token.id;
      EXPECT_FALSE(added.contains(token.content));
      added[token.content] = {token.id, token.normalized, token.single_word, token.lstrip, token.rstrip};
    }
    EXPECT_EQ(vocab, judge["vocab"]);
    EXPECT_EQ(added, judge["added"]);
    if (entry.contains("differs")) continue;
    const valence::Tokenizer tokenizer = valence::Tokenizer::load(folder.path());
    EXPECT_EQ(tokenizer.encode(judge["text"].get<std::string>()).ids, judge["ids"].get<std::vector<std::int32_t>>());
    EXPECT_EQ(tokenizer.encode(judge["text"].get<std::string>(), 5).ids,
              judge["ids_of_5"].get<std::vector<std::int32_t>>());
  }
}

TEST_F(TokenizerFiles, OfTheDefaultModelSayTheSameInBothForms) {
  const TokenizerSpec full = ReadTokenizerSpec(VALENCE_DEFAULT_MODEL);
  for (const char* name : {"vocab.txt", "tokenizer_config.json"}) {
    std::filesystem::copy(std::filesystem::path(VALENCE_DEFAULT_MODEL) / name, folder_ / name);
  }
  const TokenizerSpec plain = ReadTokenizerSpec(folder_.path());
  EXPECT_EQ(full.vocab.size(), 30522u);
  EXPECT_EQ(std::map(full.vocab.begin(), full.vocab.end()), std::map(plain.vocab.begin(), plain.vocab.end()));
  EXPECT_EQ(full.cls_id, 101);
  EXPECT_EQ(full.sep_id, 102);
  EXPECT_EQ(plain.cls_id, 101);
  EXPECT_EQ(plain.sep_id, 102);
  EXPECT_EQ(full.model_max_length, 512u);
  EXPECT_EQ(plain.model_max_length, 512u);
  EXPECT_EQ(full.added_tokens.size(), 5u);
  EXPECT_EQ(plain.added_tokens.size(), 5u);
}

TEST_F(TokenizerFiles, WithoutTokenizerJsonAreBertsWhateverClassTheyName) {
  folder_.Write("vocab.txt", kVocab);
  for (const char* name :
       {"PreTrainedTokenizerFast", "DistilBertTokenizerFast", "BertTokenizer", "BertTokenizerFast"}) {
    folder_.Write("tokenizer_config.json", R"({"do_lower_case":false,"tokenizer_class":")" + std::string(name) + "\"}");
    EXPECT_FALSE(ReadTokenizerSpec(folder_.path()).lowercase);
    EXPECT_EQ(ReadTokenizerSpec(folder_.path()).cls_id, 2);
  }
}

TEST_F(TokenizerFiles, NumberAddedTokensInTheOrderOfTheirIdsNotOfTheirDigits) {
  std::string vocab = kVocab;
  for (int id = 7; id < 99; ++id) vocab += "p" + std::to_string(id) + "\n";
  folder_.Write("vocab.txt", vocab);
  folder_.Write("tokenizer_config.json",
                R"({"added_tokens_decoder":{"99":{"content":"<x>"},"100":{"content":"<y>"}}})");
  const TokenizerSpec spec = ReadTokenizerSpec(folder_.path());
  EXPECT_EQ(spec.added_tokens.at(0).content, "<x>");
  EXPECT_EQ(spec.added_tokens.at(1).id, 100);
}

TEST_F(TokenizerFiles, LoseSpecialTokensThatTheModelHasNoEmbeddingsFor) {
  folder_.Write("vocab.txt", kVocab);
  folder_.Write("tokenizer_config.json",
                R"({"mask_token":"<mask>","url_token":"<url>","additional_special_tokens":["<new>"]})");
  const auto contents = [&](std::int64_t embeddings) {
    std::vector<std::string> found;
    for (const AddedToken& token : ReadTokenizerSpec(folder_.path(), embeddings).added_tokens) {
      if (token.id >= 7) found.push_back(token.content + std::to_string(token.id));
    }
    return found;
  };
  using Strings = std::vector<std::string>;
  EXPECT_EQ(contents(10), (Strings{"<mask>7", "<url>8", "<new>9"}));
  EXPECT_EQ(contents(8), (Strings{"<mask>7", "<new>9"}));  // whoever opens the model's folder refuses the last
  EXPECT_EQ(contents(7), (Strings{"<new>9"}));
}

TEST_F(TokenizerFiles, AreAskedForByNameWhereNoneIs) {
  ExpectError(ErrorCode::kFileNotFound, {folder_.path().native(), "tokenizer.json", "vocab.txt"},
              [&] { ReadTokenizerSpec(folder_.path()); });
}

TEST_F(TokenizerFiles, LackingASpecialTokenAreRefused) {
  folder_.Write("vocab.txt", "[CLS]\n[SEP]\na\n");
  Refuse({"unk_token", "\"[UNK]\"", "not in the vocabulary"});
  folder_.Write("vocab.txt", "[UNK]\n[SEP]\na\n");
  Refuse({"cls_token", "\"[CLS]\"", "not in the vocabulary"});
  folder_.Write("vocab.txt", "[UNK]\n[CLS]\na\n");
  Refuse({"sep_token", "\"[SEP]\"", "not in the vocabulary"});
  folder_.Write("vocab.txt", "");
  Refuse({"\"[UNK]\""});
}

TEST_F(TokenizerFiles, RefuseAVocabularyThatIsNotUtf8OrTooLarge) {
  folder_.Write("vocab.txt", std::string(kVocab) + "b\xFF\n");
  Refuse({"vocab.txt", "line 8", "UTF-8", "\"b\\xff\""});
  folder_.Write("vocab.txt", std::string(1'000'001, '\n'));
  Refuse({"vocab.txt", "at most 1000000 lines"});
}

TEST_F(TokenizerFiles, NameThePartThatIsNotBerts) {
  RefuseJson({"tokenizer.json", "model.type", "\"WordPiece\"", "\"BPE\""}, "/model/type", "BPE");
  RefuseJson({"normalizer.type", "\"BertNormalizer\"", "\"Lowercase\""}, "/normalizer/type", "Lowercase");
  RefuseJson({"normalizer", "an object", "none"}, "/normalizer", nullptr);
  RefuseJson({"pre_tokenizer.type", "\"BertPreTokenizer\"", "\"Whitespace\""}, "/pre_tokenizer/type", "Whitespace");
  RefuseJson({"post_processor.type", "\"BertProcessing\"", "\"RobertaProcessing\""}, "/post_processor/type",
             "RobertaProcessing");
  RefuseJson({"truncation.direction", "\"right\"", "\"Up\""}, "/truncation", {{"direction", "Up"}});
  json file = Tokenizer();
  file["model"] = {{"vocab", {{"a", 0}}}, {"merges", json::array()}};
  folder_.Write("tokenizer.json", file.dump());
  Refuse({"model.type", "\"WordPiece\"", "none"});
}

TEST_F(TokenizerFiles, NameTheFieldThatIsMalformed) {
  RefuseJson({"model", "an object", "7"}, "/model", 7);
  RefuseJson({"model.vocab", "an object", "an array of 1"}, "/model/vocab", {"a"});
  RefuseJson({"model.vocab", "none"}, "/model/vocab", nullptr);
  RefuseJson({"model.vocab.\"a\"", "an id", "-1"}, "/model/vocab/a", -1);
  RefuseJson({"model.vocab.\"a\"", "an id", "2147483648"}, "/model/vocab/a", 2147483648u);
  RefuseJson({"model.vocab.\"a\"", "an id", "1.5"}, "/model/vocab/a", 1.5);
  RefuseJson({"model.vocab.\"a\"", "an id", "\"5\""}, "/model/vocab/a", "5");
  RefuseJson({"model.max_input_chars_per_word", "from 1", "0"}, "/model/max_input_chars_per_word", 0);
  RefuseJson({"model.unk_token", "a string"}, "/model/unk_token", 1);
  RefuseJson({"unk_token \"?\"", "not in the vocabulary"}, "/model/unk_token", "?");
  RefuseJson({"normalizer.lowercase", "true or false", "1"}, "/normalizer/lowercase", 1);
  RefuseJson({"normalizer.strip_accents", "true or false"}, "/normalizer/strip_accents", "yes");
  RefuseJson({"added_tokens", "an array"}, "/added_tokens", json::object());
  RefuseJson({"added_tokens[0]", "an object", "1"}, "/added_tokens", {1});
  RefuseJson({"added_tokens[0].content", "a string", "none"}, "/added_tokens", json::array({{{"id", 1}}}));
  RefuseJson({"added_tokens[0].id", "an id", "none"}, "/added_tokens", json::array({{{"content", "x"}}}));
  RefuseJson({"post_processor.cls", "a token and its id"}, "/post_processor/cls", {"[CLS]"});
  RefuseJson({"post_processor.sep", "a token and its id"}, "/post_processor/sep", {"[SEP]", "3"});
  folder_.Write("tokenizer.json", Tokenizer().dump().substr(0, 200));
  Refuse({"tokenizer.json", "syntax error at byte"});
  folder_.Write("tokenizer.json", R"({"model":{"vocab":{"a":1,"a":2}}})");
  Refuse({"tokenizer.json", "\"a\"", "twice"});
}

TEST_F(TokenizerFiles, RefuseATemplateThatDoesNotFrameTheText) {
  const json cls = {{"SpecialToken", {{"id", "[CLS]"}}}}, sep = {{"SpecialToken", {{"id", "[SEP]"}}}};
  const json text = {{"Sequence", {{"id", "A"}}}};
  const json tokens = {{"[CLS]", {{"ids", {2}}}}, {"[SEP]", {{"ids", {3}}}}};
  const auto with = [&](const json& single, const json& special) {
    return json{{"type", "TemplateProcessing"}, {"single", single}, {"special_tokens", special}};
  };
  json file = Tokenizer();
  file["post_processor"] = with({cls, text, sep}, tokens);
  folder_.Write("tokenizer.json", file.dump());
  EXPECT_EQ(ReadTokenizerSpec(folder_.path()).sep_id, 3);
  const std::string words = "a special token, the sequence and a special token";
  RefuseJson({"post_processor.single", words, "an array of 1"}, "/post_processor", with(json::array({text}), tokens));
  RefuseJson({"post_processor.single", words, "an array of 4"}, "/post_processor", with({cls, text, sep, sep}, tokens));
  RefuseJson({"post_processor.single", words}, "/post_processor", with({text, cls, sep}, tokens));
  RefuseJson({"post_processor.single", "none"}, "/post_processor", {{"type", "TemplateProcessing"}});
  RefuseJson({"single[2]", "SpecialToken"}, "/post_processor", with({cls, text, text}, tokens));
  RefuseJson({"special_tokens.[SEP]", "an object"}, "/post_processor",
             with({cls, text, sep}, {{"[CLS]", {{"ids", {2}}}}}));
  RefuseJson({"special_tokens.[CLS].ids", "one id"}, "/post_processor",
             with({cls, text, sep}, {{"[CLS]", {{"ids", {2, 2}}}}, {"[SEP]", {{"ids", {3}}}}}));
  json fast = Tokenizer();
  fast["post_processor"] = nullptr;
  folder_.Write("tokenizer.json", fast.dump());
  folder_.Write("tokenizer_config.json", R"({"tokenizer_class":"PreTrainedTokenizerFast"})");
  Refuse({"post_processor", "found none"});
}

TEST_F(TokenizerFiles, RefuseIdsThatContradictTheVocabulary) {
  RefuseJson({"post_processor", "id 2 of \"[CLS]\"", "found 101"}, "/post_processor/cls", {"[CLS]", 101});
  RefuseJson({"\"[PAD]\"", "the id 0 of the vocabulary", "found 3"}, "/added_tokens",
             json::array({{{"id", 3}, {"content", "[PAD]"}}}));
  RefuseJson({"\"<new>\"", "the id 6 that follows the vocabulary", "found 9"}, "/added_tokens",
             json::array({{{"id", 9}, {"content", "<new>"}}}));
  std::filesystem::remove(folder_ / "tokenizer.json");
  RefuseSettings({"\"a\"", "id 5", "found 4"}, R"({"added_tokens_decoder":{"4":{"content":"a"}}})");
}

TEST_F(TokenizerFiles, NameTheSettingThatIsMalformedOrNotBerts) {
  RefuseSettings({"tokenizer_config.json", "do_lower_case", "true or false", "\"no\""}, R"({"do_lower_case":"no"})");
  RefuseSettings({"strip_accents", "true or false"}, R"({"strip_accents":1})");
  RefuseSettings({"tokenize_chinese_chars", "true or false"}, R"({"tokenize_chinese_chars":[]})");
  RefuseSettings({"tokenizer_class", "BERT", "\"RobertaTokenizer\""}, R"({"tokenizer_class":"RobertaTokenizer"})");
  RefuseSettings({"truncation_side", "\"right\"", "\"both\""}, R"({"truncation_side":"both"})");
  RefuseSettings({"model_max_length", "from 2", "found 1"}, R"({"model_max_length":1})");
  RefuseSettings({"model_max_length", "an integer", "-5"}, R"({"model_max_length":-5})");
  RefuseSettings({"model_max_length", "an integer", "512.5"}, R"({"model_max_length":512.5})");
  RefuseSettings({"model_max_length", "an integer", "\"512\""}, R"({"model_max_length":"512"})");
  RefuseSettings({"cls_token", "a token", "7"}, R"({"cls_token":7})");
  RefuseSettings({"cls_token.content", "a string", "none"}, R"({"cls_token":{}})");
  RefuseSettings({"cls_token", "\"<s>\"", "not in the vocabulary"}, R"({"cls_token":"<s>"})");
  RefuseSettings({"unk_token", "\"?\"", "not in the vocabulary"}, R"({"unk_token":"?"})");
  RefuseSettings({"added_tokens_decoder", "ids as keys", "\"x\""}, R"({"added_tokens_decoder":{"x":{"content":"a"}}})");
  RefuseSettings({"added_tokens_decoder", "ids as keys", "\"-1\""},
                 R"({"added_tokens_decoder":{"-1":{"content":"a"}}})");
  RefuseSettings({"added_tokens_decoder.5", "an object"}, R"({"added_tokens_decoder":{"5":"a"}})");
  RefuseSettings({"added_tokens_decoder.5.lstrip", "true or false"},
                 R"({"added_tokens_decoder":{"5":{"content":"a","lstrip":0}}})");
  RefuseSettings({"additional_special_tokens", "a token", "1"}, R"({"additional_special_tokens":[1]})");
  RefuseSettings({"an object", "an array of 0"}, "[]");
  folder_.Write("tokenizer_config.json", "{}");
  folder_.Write("special_tokens_map.json", R"({"sep_token":[]})");
  Refuse({"special_tokens_map.json", "sep_token", "a token"});
}

}  // namespace
}  // namespace valence::internal
