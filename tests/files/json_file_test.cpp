// The limits of the JSON reader.
#include "files/json_file.h"

#include "file_errors.h"

namespace valence::internal {
namespace {

Json Parse(std::string_view text, const JsonLimits& limits = {}) {
  return ParseJson(text, "f.json", ErrorCode::kInvalidConfig, limits).root;
}

void Refuse(std::initializer_list<std::string_view> words, std::string_view text, const JsonLimits& limits = {}) {
  const std::string message = ExpectError(ErrorCode::kInvalidConfig, words, [&] { Parse(text, limits); });
  EXPECT_TRUE(message.starts_with("f.json: ")) << message;
}

TEST(Json, IsBuiltAsNlohmannsOwnParserBuildsIt) {
  const std::string text =
      R"({"a":[1,-2,3.5,true,false,null,"x\u00e9",{}],"b":{"c":[[],[{}]]},"":18446744073709551615})";
  EXPECT_EQ(Parse(text), nlohmann::json::parse(text));
  EXPECT_EQ(Parse(" 7 "), 7);
}

TEST(Json, ErrorsNameTheLineAndColumn) { Refuse({"line 2, column 3"}, "{\n  x}"); }

TEST(Json, RefusesAKeyThatStandsTwiceInOneObjectOnly) {
  Refuse({"\"k\"", "twice"}, R"({"k":1,"k":1})");
  Refuse({"\"k\"", "twice"}, R"([{"a":{"k":1,"b":[],"\u006b":1}}])");
  EXPECT_EQ(Parse(R"([{"k":{"k":1}},{"k":2}])").size(), 2u);
}

TEST(Json, StopsAtTheDepthLimit) {
  const JsonLimits limits{.depth = 3};
  EXPECT_EQ(Parse("[[[]]]", limits).size(), 1u);
  Refuse({"deeper than 3"}, "[[[[]]]]", limits);
  Refuse({"deeper than 3"}, R"({"a":{"a":{"a":{}}}})", limits);
}

TEST(Json, StopsAtTheLimitOfValues) {
  const JsonLimits limits{.values = 4};
  EXPECT_EQ(Parse("[1,2,3]", limits).size(), 3u);
  Refuse({"more than 4 values"}, "[1,2,3,4]", limits);
}

TEST(Json, RefusesWhatItsParserWouldOverlook) {
  Refuse({"byte order mark"}, "\xEF\xBB\xBF{}");
  Refuse({"NUL"}, std::string_view("{}\0{", 4));
  Refuse({"NUL"}, std::string_view("\0", 1));
}

TEST(Json, RefusesLaxDialectsAndIllFormedUtf8) {
  for (const char* text :
       {"{a:1}",   "{'a':1}", "[1,]", "{\"a\":1,}", "[1]//x",    "/*x*/[]",     "[NaN]",    "[Infinity]",       "[01]",
        "[+1]",    "[.5]",    "[1.]", "\"\t\"",     "\"\\x41\"", "\"\\ud800\"", "\"\xFF\"", "\"\xED\xA0\x80\"", "[1 2]",
        "[1e999]", "",        "nul"}) {
    SCOPED_TRACE(text);
    Refuse({"syntax error"}, text);
  }
}

TEST(Json, BoundsMessagesAboutLongTokens) {
  const std::string message =
      ExpectError(ErrorCode::kInvalidConfig, {}, [] { Parse("[" + std::string(1 << 20, 'x') + "]"); });
  EXPECT_LT(message.size(), 500u);
}

TEST(Described, IsShort) {
  EXPECT_EQ(Described(Json("text")), "\"text\"");
  EXPECT_EQ(Described(Json(3.5)), "3.5");
  EXPECT_EQ(Described(Json(nullptr)), "null");
  EXPECT_EQ(Described(Json{1, 2}), "an array of 2");
  EXPECT_EQ(Described(Json{{"a", 1}}), "an object of 1");
  EXPECT_LT(Described(Json(std::string(10000, 'x'))).size(), 200u);
}

}  // namespace
}  // namespace valence::internal
