// Encodings of the input: what Python's codecs read, in pieces of any size; what is refused.
#include "common/encoding.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace common {
namespace {

std::string Bytes(const std::string& hex) {
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

std::string Decoded(Encoding encoding, const std::string& bytes, std::size_t piece = 1000) {
  Decoder decoder(encoding);
  std::string text;
  for (std::size_t at = 0; at < bytes.size(); at += piece) decoder.Append(bytes.substr(at, piece), text);
  decoder.Finish(text);
  return text;
}

std::string ErrorOf(const std::string& bytes) {
  try {
    Decoded(Encoding::kUtf8, bytes, 1);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

nlohmann::json Reference() {
  return nlohmann::json::parse(std::ifstream(VALENCE_REFERENCES "/table/encoding_reference.json"));
}

TEST(Decoder, ReadsWhatPythonsCodecsRead) {
  const std::map<std::string, Encoding> encodings = {{"utf-8", Encoding::kUtf8},
                                                     {"utf-16", Encoding::kUtf16},
                                                     {"windows-1252", Encoding::kWindows1252},
                                                     {"latin-1", Encoding::kLatin1}};
  const auto cases = Reference().at("decoded");
  ASSERT_GT(cases.size(), 900u);
  for (const auto& expected : cases) {
    const std::string bytes = Bytes(expected.at(1));
    for (const std::size_t piece : {1U, 2U, 3U, 1000U}) {
      ASSERT_EQ(Decoded(encodings.at(expected.at(0)), bytes, piece), expected.at(2).get<std::string>())
          << expected << piece;
    }
  }
}

TEST(Decoder, ReadsUtf16WithoutAMarkAsLittleEndian) {
  EXPECT_EQ(Decoded(Encoding::kUtf16, std::string("a\0\xe9\0", 4)), "a\xc3\xa9");
}

TEST(Decoder, MakesHalfAPairOfUtf16IllFormed) {
  for (const char* hex : {"fffe3dd8", "fffe3dd86100", "fffe00dc", "fffe3dd83dd800de", "fffe61006200e9"}) {
    EXPECT_FALSE(IsUtf8(Decoded(Encoding::kUtf8, Bytes(hex)))) << hex;
  }
  EXPECT_EQ(Decoded(Encoding::kUtf8, Bytes("fffe3dd800de")), "\xf0\x9f\x98\x80");
}

TEST(Decoder, LeavesIllFormedUtf8AsItIs) {
  for (const std::string text : {"\xff", "\xef\xbb", "a\xef\xbb\xbf", "\xfe", "P", "\x28\xb5\n"}) {
    EXPECT_EQ(Decoded(Encoding::kUtf8, text, 1), text);
  }
  EXPECT_EQ(Decoded(Encoding::kLatin1, "\xff\xfe"), "\xc3\xbf\xc3\xbe");  // no mark in a file of bytes
}

TEST(Decoder, WaitsForNoMoreBytesThanItNeeds) {
  Decoder decoder(Encoding::kUtf8);
  std::string text;
  decoder.Append("\n", text);
  EXPECT_EQ(text, "\n");
}

TEST(Decoder, RefusesWhatIsNotText) {
  EXPECT_EQ(ErrorOf("\x1f\x8b\x08 .."), "expected text, found gzip; make text of it first: gzip -dc");
  EXPECT_EQ(ErrorOf("\x28\xb5\x2f\xfd .."), "expected text, found zstd; make text of it first: zstd -dc");
  EXPECT_EQ(ErrorOf(std::string("\xfd"
                                "7zXZ\0..",
                                8)),
            "expected text, found xz; make text of it first: xz -dc");
  EXPECT_EQ(ErrorOf("PK\x03\x04.."), "expected text, found zip; make text of it first: unzip -p");
  EXPECT_EQ(ErrorOf(std::string("\xff\xfe\0\0a\0\0\0", 8)),
            "expected text, found UTF-32; make text of it first: iconv -f utf-32 -t utf-8");
}

TEST(IsUtf8, SaysWhatPythonSays) {
  const auto cases = Reference().at("utf8");
  ASSERT_GT(cases.size(), 2000u);
  for (const auto& expected : cases) {
    ASSERT_EQ(IsUtf8(Bytes(expected.at(0))), expected.at(1).get<bool>()) << expected;
  }
}

}  // namespace
}  // namespace common
