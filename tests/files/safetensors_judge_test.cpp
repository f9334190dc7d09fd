// The same bytes, judged by the safetensors package (tests/data/files/make_reference.py) and by us.
#include <map>
#include <nlohmann/json.hpp>

#include "file_errors.h"
#include "files/safetensors.h"
#include "reference/temporary_folder.h"

namespace valence::internal {
namespace {

std::string Base64(const std::string& text) {
  constexpr std::string_view kDigits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string bytes;
  unsigned bits = 0;
  int count = 0;
  for (const char c : text) {
    if (c == '=') break;
    bits = bits << 6 | static_cast<unsigned>(kDigits.find(c));
    count += 6;
    if (count >= 8) bytes += static_cast<char>(bits >> (count -= 8));
  }
  return bytes;
}

std::string Bytes(const nlohmann::json& entry) {
  if (entry.contains("bytes")) return Base64(entry["bytes"]);
  const auto& repeat = entry["repeat"];  // head, unit, count, tail
  std::string bytes = Base64(repeat[0]);
  for (int i = 0; i < repeat[2].get<int>(); ++i) bytes += Base64(repeat[1]);
  return bytes + Base64(repeat[3]);
}

const std::map<std::string, ErrorCode> kCodes = {
    {"kHeaderTooSmall", ErrorCode::kHeaderTooSmall},
    {"kHeaderTooLarge", ErrorCode::kHeaderTooLarge},
    {"kInvalidHeaderLength", ErrorCode::kInvalidHeaderLength},
    {"kInvalidHeader", ErrorCode::kInvalidHeader},
    {"kInvalidHeaderDeserialization", ErrorCode::kInvalidHeaderDeserialization},
    {"kDuplicateTensor", ErrorCode::kDuplicateTensor},
    {"kInvalidOffset", ErrorCode::kInvalidOffset},
    {"kValidationOverflow", ErrorCode::kValidationOverflow},
    {"kMisalignedSlice", ErrorCode::kMisalignedSlice},
    {"kTensorInvalidInfo", ErrorCode::kTensorInvalidInfo},
    {"kMetadataIncompleteBuffer", ErrorCode::kMetadataIncompleteBuffer},
};

class SafetensorsJudge : public testing::Test {
 protected:
  SafetensorsJudge() : reference_(nlohmann::json::parse(std::ifstream(VALENCE_TEST_DATA "/files/safetensors.json"))) {}

  // Opens the bytes; `verdict` is "ok" or the name of a code.
  std::optional<Safetensors> Expect(const std::string& verdict, const std::string& bytes, const std::string& name) {
    SCOPED_TRACE(name);
    const auto path = folder_.Write("f", bytes);
    if (verdict == "ok") {
      std::optional<Safetensors> file;
      EXPECT_NO_THROW(file = Safetensors::Open(path));
      return file;
    }
    ExpectError(kCodes.at(verdict), {}, [&] { Safetensors::Open(path); });
    return std::nullopt;
  }

  const nlohmann::json reference_;
  TemporaryFolder folder_;
};

TEST_F(SafetensorsJudge, AgreesOnEveryNamedFileAndOnItsTensors) {
  EXPECT_GT(reference_["named"].size(), 250u);
  for (const auto& [name, entry] : reference_["named"].items()) {
    const auto file = Expect(entry["verdict"], Bytes(entry), name);
    if (!file) continue;
    nlohmann::json tensors = nlohmann::json::object();
    for (const auto& [tensor, view] : file->tensors())
      tensors[tensor] = {view.dtype_name, view.shape, view.data.size()};
    EXPECT_EQ(tensors, entry["tensors"]) << name;
  }
}

TEST_F(SafetensorsJudge, AgreesOnEveryMutatedFile) {
  EXPECT_GE(reference_["mutated"].size(), 900u);
  for (const auto& pair : reference_["mutated"]) {
    const std::string bytes = Base64(pair[0]);
    Expect(pair[1], bytes, bytes);
  }
}

TEST_F(SafetensorsJudge, IsOverruledOnlyWhereTheFormatForbidsWhatItAccepts) {
  EXPECT_EQ(reference_["differences"].size(), 5u);
  for (const auto& [name, entry] : reference_["differences"].items()) Expect(entry["ours"], Bytes(entry), name);
}

}  // namespace
}  // namespace valence::internal
