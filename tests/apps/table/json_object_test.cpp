// JSON objects come out as they came in: numbers keep their digits, and what is not JSON is refused where it fails.
#include "common/json_object.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace common {
namespace {

std::string PassedThrough(std::string_view line) { return JsonObject::Parse(line).ToLine(); }

std::string ErrorOf(std::string_view line) {
  try {
    JsonObject::Parse(line);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "none";
}

TEST(JsonObject, KeepsTheDigitsOfNumbersWhereverTheyStand) {
  for (const char* number : {"0", "-0", "-0.0", "1E5", "1e+05", "19.90", "1234567890123456789012",
                             "18446744073709551616", "-9223372036854775809", "0.12345678901234567891", "1E-400",
                             "1e400", "-1e99999999999", "NaN", "Infinity", "-Infinity"}) {
    const std::string n = number;
    for (const std::string& object :
         {"{\"n\":" + n + "}", "{\"a\":[" + n + ",{\"b\":[[" + n + "]]}],\"c\":" + n + "}"}) {
      EXPECT_EQ(PassedThrough(object), object + '\n');
    }
  }
}

TEST(JsonObject, DropsWhiteSpaceAndNeedlessEscapes) {
  EXPECT_EQ(PassedThrough(
                " { \"a\\u00e9\" : [ 1 , 2.0 ] ,\t\"b\" : { } , \"c\" : [ ] , \"d\" : \"\\/\\ud83d\\ude00\\n\" } \r\n"),
            "{\"a\xc3\xa9\":[1,2.0],\"b\":{},\"c\":[],\"d\":\"/\xf0\x9f\x98\x80\\n\"}\n");
  EXPECT_EQ(PassedThrough("\xef\xbb\xbf{\"a\": true, \"b\": false, \"c\": null}"),
            "{\"a\":true,\"b\":false,\"c\":null}\n");
}

TEST(JsonObject, KeepsTheLastOfEqualKeysInTheFirstOnesPlace) {
  EXPECT_EQ(PassedThrough("{\"a\":1,\"b\":{\"x\":1,\"y\":2,\"\\u0078\":1.50},\"a\":3}"),
            "{\"a\":3,\"b\":{\"x\":1.50,\"y\":2}}\n");
}

TEST(JsonObject, RefusesWhatIsNotJson) {
  for (const char* value :
       {"+1",   "01",   "-",         "1.",      ".5",          "1e",     "1e+",        "0x10",         "nan",
        "NAN",  "-NaN", "+Infinity", "inf",     "True",        "tru",    "nulll",      "'a'",          "1 2",
        "[1,]", "[,1]", "[1 2]",     "{\"a\"}", "{\"a\":}",    "{a:1}",  "{\"a\":1,}", "{,}",          "[",
        "{",    "\"",   "\"\\",      "\"\\x\"", "\"\\ud800\"", "\"\t\"", "\"\xff\"",   "\"\xc0\x80\"", ""}) {
    EXPECT_TRUE(ErrorOf("{\"n\":" + std::string(value) + "}").starts_with("not JSON: column ")) << value;
  }
  EXPECT_EQ(ErrorOf("{\"n\": +1}"), "not JSON: column 7: expected a value, found '+'");
  EXPECT_EQ(ErrorOf("{\"n\": 1"), "not JSON: column 8: expected a comma or '}', found the end of the line");
  EXPECT_EQ(ErrorOf("{\"n\": 1}}"), "not JSON: column 9: expected the end of the line, found '}'");
  EXPECT_EQ(ErrorOf("{\"n\": \"\xff\"}"), "not JSON: column 7: invalid string: ill-formed UTF-8 byte");
  EXPECT_EQ(ErrorOf(std::string_view("{\"n\": 1}\0", 9)),
            "not JSON: column 9: expected the end of the line, found a NUL byte");
  EXPECT_EQ(ErrorOf("[1]"), "expected a JSON object, found array");
  EXPECT_EQ(ErrorOf("NaN"), "expected a JSON object, found number");
}

TEST(JsonObject, RefusesDeepNesting) {
  const auto nested = [](int levels) {
    return "{\"a\":" + std::string(static_cast<std::size_t>(levels), '[') +
           std::string(static_cast<std::size_t>(levels), ']') + "}";
  };
  EXPECT_EQ(PassedThrough(nested(199)), nested(199) + '\n');
  EXPECT_EQ(ErrorOf(nested(200)), "nested deeper than 200");
  EXPECT_EQ(ErrorOf("{\"a\":" + std::string(1000000, '[')), "nested deeper than 200");
}

TEST(JsonObject, ReplacesAndAddsMembers) {
  auto object = JsonObject::Parse("{\"label\": 1.0, \"text\": \"a\"}");
  object.Set("label", "x\xff\n");
  object.Set("score", 0.5);
  EXPECT_EQ(object.ToLine(), "{\"label\":\"x\xef\xbf\xbd\\n\",\"text\":\"a\",\"score\":0.5}\n");
  EXPECT_EQ(object.StringAt("text"), "a");
  EXPECT_THROW(object.StringAt("score"), std::invalid_argument);
}

}  // namespace
}  // namespace common
