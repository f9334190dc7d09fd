// The twelve checks of the safetensors format, one by one, on files written here.
#include "files/safetensors.h"

#include <ctime>

#include "file_errors.h"
#include "reference/temporary_folder.h"

namespace valence::internal {
namespace {

constexpr std::string_view kScalar = R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}})";

class SafetensorsFile : public testing::Test {
 protected:
  Safetensors Open(std::string_view content) { return Safetensors::Open(folder_.Write("model.safetensors", content)); }
  std::string Expect(ErrorCode code, std::initializer_list<std::string_view> words, std::string_view content) {
    const auto path = folder_.Write("model.safetensors", content);
    const std::string message = ExpectError(code, words, [&] { Safetensors::Open(path); });
    EXPECT_NE(message.find("model.safetensors: "), message.npos) << message;
    EXPECT_LT(message.size(), 1000u);
    return message;
  }
  std::string ExpectBadHeader(std::initializer_list<std::string_view> words, std::string_view header) {
    return Expect(ErrorCode::kInvalidHeaderDeserialization, words, Framed(header, "1234"));
  }

  TemporaryFolder folder_;
};

TEST_F(SafetensorsFile, NamesTensorsWithTypeShapeAndBytes) {
  const Safetensors file = Open(Framed(R"({"__metadata__":{"format":"pt"},)"
                                       R"("b":{"data_offsets":[4,16],"dtype":"BF16","shape":[2,3]},)"
                                       R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                                       R"("c":{"dtype":"F16","shape":[1],"data_offsets":[16,18]},)"
                                       R"("d":{"dtype":"I64","shape":[1,0],"data_offsets":[18,18]}})",
                                       "1234bbbbbbbbbbbbcc"));
  ASSERT_EQ(file.tensors().size(), 4u);
  const auto text = [&](const char* name) {
    const auto data = file.Get(name).data;
    return std::string(reinterpret_cast<const char*>(data.data()), data.size());
  };
  EXPECT_EQ(text("a"), "1234");
  EXPECT_EQ(text("b"), "bbbbbbbbbbbb");
  EXPECT_EQ(text("c"), "cc");
  EXPECT_EQ(text("d"), "");
  EXPECT_EQ(file.Get("a").dtype, DataType::kF32);
  EXPECT_EQ(file.Get("b").dtype, DataType::kBf16);
  EXPECT_EQ(file.Get("c").dtype, DataType::kF16);
  EXPECT_EQ(file.Get("d").dtype, std::nullopt);
  EXPECT_EQ(file.Get("d").dtype_name, "I64");
  EXPECT_EQ(file.Get("b").shape, (std::vector<std::uint64_t>{2, 3}));
  EXPECT_TRUE(file.Get("a").shape.empty());
  EXPECT_EQ(file.path(), folder_ / "model.safetensors");
}

TEST_F(SafetensorsFile, NamesTheTensorThatIsMissing) {
  const Safetensors file = Open(Framed(kScalar, "1234"));
  EXPECT_TRUE(file.Has("a"));
  EXPECT_FALSE(file.Has("b"));
  ExpectError(ErrorCode::kMissingTensor, {"model.safetensors", "\"classifier.bias\"", "among 1"},
              [&] { file.Get("classifier.bias"); });
}

TEST_F(SafetensorsFile, StaysUsableWhenMovedAndWhenTheFileVanishes) {
  Safetensors file = Open(Framed(kScalar, "1234"));
  std::filesystem::remove(folder_ / "model.safetensors");
  const Safetensors moved = std::move(file);
  EXPECT_EQ(static_cast<char>(moved.Get("a").data[3]), '4');
}

TEST_F(SafetensorsFile, Check1RefusesLessThanEightBytes) {
  Expect(ErrorCode::kHeaderTooSmall, {"at least 8", "found 0"}, "");
  Expect(ErrorCode::kHeaderTooSmall, {"at least 8", "found 7"}, std::string(7, '\0'));
}

TEST_F(SafetensorsFile, Check2RefusesAHeaderOfMoreThan100MillionBytes) {
  const auto length = [](std::uint64_t value) { return std::string(reinterpret_cast<const char*>(&value), 8) + "{}"; };
  Expect(ErrorCode::kHeaderTooLarge, {"100000000", "100000001"}, length(100'000'001));
  Expect(ErrorCode::kHeaderTooLarge, {"18446744073709551615"}, length(UINT64_MAX));
  Expect(ErrorCode::kInvalidHeaderLength, {"100000000"}, length(100'000'000));
}

TEST_F(SafetensorsFile, Check3RefusesAHeaderBeyondTheEndOfTheFile) {
  std::string file = Framed(kScalar, "1234");
  Expect(ErrorCode::kInvalidHeaderLength, {"53 bytes", "ends after 52"}, file.substr(0, 8 + 52));
  Expect(ErrorCode::kInvalidHeaderLength, {"ends after 0"}, file.substr(0, 8));
}

TEST_F(SafetensorsFile, Check4RefusesAHeaderThatIsNotUtf8) {
  Expect(ErrorCode::kInvalidHeader, {"UTF-8"}, Framed("{\"\xFF\":1}"));
  Expect(ErrorCode::kInvalidHeader, {"UTF-8"}, Framed("{\"\xED\xA0\x80\":1}"));
  Expect(ErrorCode::kInvalidHeader, {"UTF-8"}, Framed("not even JSON \x80"));
}

TEST_F(SafetensorsFile, Check5RefusesWhatIsNoJson) {
  ExpectBadHeader({"syntax error at byte 1"}, "");
  ExpectBadHeader({"byte"}, "{\"a\":");
  ExpectBadHeader({"byte"}, std::string(kScalar) + "{}");
  ExpectBadHeader({"byte order mark"}, "\xEF\xBB\xBF" + std::string(kScalar));
  ExpectBadHeader({"NUL"}, std::string(kScalar) + std::string(1, '\0'));
}

TEST_F(SafetensorsFile, Check5RefusesJsonOfAnotherSchemaAndNamesTheTensor) {
  ExpectBadHeader({"an array in place of an object"}, "[]");
  ExpectBadHeader({"null in place of an object"}, "null");
  ExpectBadHeader({"in tensor \"a\"", "a number in place of an object"}, R"({"a":1})");
  ExpectBadHeader({"in tensor \"a\"", "unknown dtype \"Q7\""},
                  R"({"a":{"dtype":"Q7","shape":[],"data_offsets":[0,4]}})");
  ExpectBadHeader({"in tensor \"a\"", "no dtype"}, R"({"a":{"shape":[],"data_offsets":[0,4]}})");
  ExpectBadHeader({"in tensor \"a\"", "no shape"}, R"({"a":{"dtype":"F32","data_offsets":[0,4]}})");
  ExpectBadHeader({"in tensor \"a\"", "no data_offsets"}, R"({"a":{"dtype":"F32","shape":[]}})");
  ExpectBadHeader({"\"a\"", "a negative number", "unsigned"},
                  R"({"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}})");
  ExpectBadHeader({"\"a\"", "a fraction", "unsigned"}, R"({"a":{"dtype":"F32","shape":[1.5],"data_offsets":[0,4]}})");
  ExpectBadHeader({"too large"}, R"({"a":{"dtype":"F32","shape":[18446744073709551616],"data_offsets":[0,4]}})");
  ExpectBadHeader({"more than two data_offsets"}, R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0,4,8]}})");
  ExpectBadHeader({"fewer than two data_offsets"}, R"({"a":{"dtype":"F32","shape":[],"data_offsets":[0]}})");
  ExpectBadHeader({"a number in place of a string"}, R"({"__metadata__":{"a":1}})");
  ExpectBadHeader({"__metadata__ twice"}, R"({"__metadata__":{},"__metadata__":{}})");
}

TEST_F(SafetensorsFile, Check6AcceptsWhiteSpaceAroundTheObject) {
  EXPECT_TRUE(Open(Framed(" \n\t" + std::string(kScalar) + "   ", "1234")).Has("a"));
}

TEST_F(SafetensorsFile, Check7RefusesATensorThatStandsTwice) {
  const std::string entry(kScalar.substr(1, kScalar.size() - 2));
  Expect(ErrorCode::kDuplicateTensor, {"tensor \"a\" twice"}, Framed("{" + entry + "," + entry + "}", "1234"));
  // The same name by another spelling, and between others.
  Expect(ErrorCode::kDuplicateTensor, {"tensor \"a\" twice"},
         Framed("{" + entry +
                    R"(,"b":{"dtype":"F32","shape":[],"data_offsets":[4,8]},)"
                    R"("\u0061":{"dtype":"F32","shape":[],"data_offsets":[8,12]}})",
                "123412341234"));
}

TEST_F(SafetensorsFile, Check8RefusesHolesOverlapsAndReversedOffsets) {
  const auto two = [](std::string_view a, std::string_view b) {
    return R"({"a":{"dtype":"F32","shape":[],"data_offsets":)" + std::string(a) +
           R"(},"b":{"dtype":"F32","shape":[],"data_offsets":)" + std::string(b) + "}}";
  };
  EXPECT_TRUE(Open(Framed(two("[4,8]", "[0,4]"), "12345678")).Has("b"));
  const auto expect = [&](std::initializer_list<std::string_view> words, std::string_view a, std::string_view b) {
    Expect(ErrorCode::kInvalidOffset, words, Framed(two(a, b), "1234567812345678"));
  };
  expect({"tensor \"a\"", "begin at 0", "[4, 8]"}, "[4,8]", "[8,12]");
  expect({"tensor \"b\"", "begin at 4", "[8, 12]"}, "[0,4]", "[8,12]");
  expect({"tensor \"b\"", "begin at 4", "[2, 6]"}, "[0,4]", "[2,6]");
  expect({"begin at 4", "[0, 4]"}, "[0,4]", "[0,4]");
  expect({"tensor \"b\"", "[4, 0]"}, "[0,4]", "[4,0]");
}

TEST_F(SafetensorsFile, Check9RefusesAShapeBeyond64Bits) {
  const auto shaped = [](std::string_view shape) {
    return Framed(R"({"a":{"dtype":"F32","shape":)" + std::string(shape) + R"(,"data_offsets":[0,0]}})");
  };
  Expect(ErrorCode::kValidationOverflow, {"tensor \"a\"", "64 bits"}, shaped("[4294967296,4294967296]"));
  Expect(ErrorCode::kValidationOverflow, {"tensor \"a\""},
         shaped("[1152921504606846976]"));  // 2^60 elements, 2^65 bits
  Expect(ErrorCode::kValidationOverflow, {"tensor \"a\""}, shaped("[18446744073709551615,2,0]"));
  EXPECT_TRUE(Open(shaped("[0,18446744073709551615,2]")).Has("a"));  // no partial product overflows
}

TEST_F(SafetensorsFile, Check10RefusesElementsThatEndWithinAByte) {
  Expect(ErrorCode::kMisalignedSlice, {"tensor \"a\"", "4 bits", "F4"},
         Framed(R"({"a":{"dtype":"F4","shape":[1],"data_offsets":[0,1]}})", "1"));
  EXPECT_TRUE(Open(Framed(R"({"a":{"dtype":"F4","shape":[2],"data_offsets":[0,1]}})", "1")).Has("a"));
}

TEST_F(SafetensorsFile, Check11RefusesOffsetsThatDisagreeWithTheShape) {
  Expect(ErrorCode::kTensorInvalidInfo, {"tensor \"a\"", "call for 8 bytes", "for 4"},
         Framed(R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}})", "1234"));
}

TEST_F(SafetensorsFile, Check12RefusesTruncatedAndTrailingData) {
  Expect(ErrorCode::kMetadataIncompleteBuffer, {"4 bytes", "holds 3"}, Framed(kScalar, "123"));
  Expect(ErrorCode::kMetadataIncompleteBuffer, {"4 bytes", "holds 5"}, Framed(kScalar, "12345"));
  Expect(ErrorCode::kMetadataIncompleteBuffer, {"0 bytes", "holds 1"}, Framed("{}", "1"));
}

TEST_F(SafetensorsFile, BoundsAndEscapesNamesInMessages) {
  const std::string name = "\\u001b[31m\\n" + std::string(100000, 'n');
  const std::string message =
      Expect(ErrorCode::kInvalidOffset, {"\\x1b[31m\\x0an"},
             Framed("{\"" + name + R"(":{"dtype":"F32","shape":[],"data_offsets":[4,8]}})", "12345678"));
  EXPECT_LT(message.size(), 500u);
  ExpectBadHeader({"unknown dtype \"n"},
                  R"({"a":{"dtype":")" + std::string(100000, 'n') + R"(","shape":[],"data_offsets":[0,4]}})");
  ExpectBadHeader({"byte 100000"}, std::string(99999, ' ') + "\x01" + std::string(100000, 'x'));
}

TEST_F(SafetensorsFile, AnswersNestingBombsAtOnce) {
  std::string objects;
  for (int i = 0; i < 1'000'000; ++i) objects += "{\"a\":";
  const std::clock_t start = std::clock();
  ExpectBadHeader({"an array in place of an object"}, std::string(50'000'000, '['));
  ExpectBadHeader({"too deep"}, objects);
  ExpectBadHeader({"too deep"}, R"({"a":{"x":)" + std::string(50'000'000, '['));
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 10);
}

TEST_F(SafetensorsFile, AnswersAHeaderOf100MillionBytesInSeconds) {
  const std::clock_t start = std::clock();
  ExpectBadHeader({"byte"}, std::string(100'000'000, ' '));
  ExpectBadHeader({"byte"}, "{\"" + std::string(99'999'998, 'n'));
  // 15 million dimensions and 1.4 million tensors, all valid but for the end of the file.
  std::string header = R"({"a":{"dtype":"U8","data_offsets":[0,1],"shape":[1)";
  while (header.size() < 30'000'000) header += ",1";
  header += "]}";
  for (int i = 0; header.size() < 99'999'900; ++i) {
    header += ",\"" + std::to_string(i) + R"(":{"dtype":"F4","shape":[0],"data_offsets":[1,1]})";
  }
  Expect(ErrorCode::kMetadataIncompleteBuffer, {"1 bytes"}, Framed(header + "}", "12"));
#ifndef __SANITIZE_THREAD__  // which takes 190 s, address sanitizer 40
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 60);
#endif
}

}  // namespace
}  // namespace valence::internal
