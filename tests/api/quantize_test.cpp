// quantize_model: the same bits in int8, everything else unchanged, and a folder that is complete or absent.
#include "valence/quantize.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <limits>
#include <set>

#include "files/file_errors.h"
#include "ops/int8.h"
#include "reference/committed_models.h"
#include "reference/random_model.h"
#include "reference/raw_safetensors.h"
#include "reference/temporary_folder.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::ExpectError;
using internal::TemporaryFolder;
using nlohmann::ordered_json;

std::string Content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

std::set<std::string> NamesIn(const std::filesystem::path& folder) {
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) names.insert(entry.path().filename().string());
  return names;
}

std::vector<std::vector<float>> Int8Logits(const std::filesystem::path& folder, const std::vector<std::string>& texts) {
  std::vector<std::vector<float>> logits;
  for (const auto& prediction : Classifier::load(folder, {.precision = Precision::kInt8}).classify(texts)) {
    logits.push_back(prediction.logits);
  }
  return logits;
}

class Quantize : public testing::Test {
 protected:
  void SetUp() override {
    if (internal::Int8Products().empty()) GTEST_SKIP() << "int8 needs AVX2 and FMA";
  }
  const TemporaryFolder folder_;
};

TEST_F(Quantize, GivesTheBitsOfTheModelInInt8) {
  for (const std::string& name : internal::CommittedModelNames()) {
    const auto model = internal::ReadCommittedModel(name);
    const auto expected = Int8Logits(model.folder, model.Texts());
    for (const bool words : {true, false}) {
      const auto out = folder_ / (name + (words ? "-words" : ""));
      quantize_model(model.folder, out, {.word_embeddings = words});
      EXPECT_EQ(Int8Logits(out, model.Texts()), expected) << name << ' ' << words;
      EXPECT_EQ(Classifier::load(out).precision(), Precision::kInt8);
      EXPECT_LT(std::filesystem::file_size(out / "model.safetensors"),
                std::filesystem::file_size(model.folder / "model.safetensors"));
    }
  }
}

TEST_F(Quantize, LeavesAllElseAsItIs) {
  const std::filesystem::path from = VALENCE_DEFAULT_MODEL;
  const auto out = folder_ / "out";
  quantize_model(from, out);
  EXPECT_LE(std::filesystem::file_size(out / "model.safetensors"), 24'000'000u);
  EXPECT_EQ(NamesIn(out), (std::set<std::string>{"config.json", "model.safetensors", "tokenizer.json",
                                                 "tokenizer_config.json", "vocab.txt"}));
  for (const char* const name : {"tokenizer.json", "tokenizer_config.json", "vocab.txt"}) {
    EXPECT_EQ(Content(out / name), Content(from / name)) << name;
  }
  auto config = ordered_json::parse(Content(out / "config.json"));
  config.erase("quantization_config");
  EXPECT_EQ(config.dump(), ordered_json::parse(Content(from / "config.json")).dump());

  const auto before = internal::ReadRawSafetensors(from / "model.safetensors"),
             after = internal::ReadRawSafetensors(out / "model.safetensors");
  std::size_t quantized = 0;
  for (const auto& [name, tensor] : before) {
    const auto& now = after.at(name);
    EXPECT_EQ(now.shape, tensor.shape) << name;
    if (now.dtype == "I8") {
      ++quantized;
      EXPECT_EQ(after.at(name + "_scale").shape, (std::vector<std::uint64_t>{tensor.shape[0], 1})) << name;
      EXPECT_EQ(after.at(name + "_scale").dtype, "F32") << name;
    } else {
      EXPECT_EQ(now.dtype, tensor.dtype) << name;
      EXPECT_EQ(now.bytes, tensor.bytes) << name;
    }
  }
  EXPECT_EQ(quantized, 1u + 6u * 6u);
  EXPECT_EQ(after.size(), before.size() + quantized);
}

TEST_F(Quantize, CopiesTheLicenceButNoCardAndNoOtherWeights) {
  const auto model = internal::ReadCommittedModel("heads6-gelu-f32");
  std::filesystem::copy(model.folder, folder_ / "in");
  for (const char* const name : {"LICENSE.txt", "README.md", "SHA256SUMS", "pytorch_model.bin"}) {
    std::ofstream(folder_ / "in" / name) << name;
  }
  quantize_model(folder_ / "in", folder_ / "out/");
  EXPECT_EQ(NamesIn(folder_ / "out"), (std::set<std::string>{"LICENSE.txt", "config.json", "model.safetensors",
                                                             "tokenizer_config.json", "vocab.txt"}));
}

TEST_F(Quantize, RefusesAnOutputThatExistsAndLeavesIt) {
  const auto model = internal::ReadCommittedModel("heads6-gelu-f32").folder;
  std::filesystem::create_directory(folder_ / "folder");
  folder_.Write("file", "mine");
  std::filesystem::create_symlink("nowhere", folder_ / "link");
  const auto before = NamesIn(folder_.path());
  for (const char* const name : {"folder", "folder/", "file", "link", "."}) {
    ExpectError(ErrorCode::kInvalidArgument, {"expected the name of a new folder"},
                [&] { quantize_model(model, folder_ / name); });
  }
  ExpectError(ErrorCode::kInvalidArgument, {"expected the name of a new folder"}, [&] { quantize_model(model, ""); });
  ExpectError(ErrorCode::kInvalidArgument, {"none/out", "found no folder", "none"},
              [&] { quantize_model(model, folder_ / "none/out"); });
  ExpectError(ErrorCode::kInvalidArgument, {"file/out", "found no folder"},
              [&] { quantize_model(model, folder_ / "file/out"); });
  EXPECT_EQ(NamesIn(folder_.path()), before);
  EXPECT_EQ(Content(folder_ / "file"), "mine");
}

TEST_F(Quantize, RefusesWhatItCannotReadOrQuantizeAndLeavesNothing) {
  const auto out = folder_ / "out";
  ExpectError(ErrorCode::kFileNotFound, {"none"}, [&] { quantize_model(folder_ / "none", out); });
  ExpectError(ErrorCode::kUnsupportedModel, {"quantization_config"},
              [&] { quantize_model(VALENCE_TEST_DATA "/quantized/linear", out); });
  const auto model = internal::ReadCommittedModel("heads6-gelu-f32").folder;
  const auto sound = internal::ReadRawSafetensors(model / "model.safetensors");
  std::filesystem::copy(model, folder_ / "in");
  const std::string weight = "distilbert.transformer.layer.1.ffn.lin2.weight",
                    words = "distilbert.embeddings.word_embeddings.weight";
  for (const std::string& name : {weight, words}) {
    for (const float value : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
      auto broken = sound;
      broken[name].Set(203, value);
      internal::WriteRawSafetensors(folder_ / "in/model.safetensors", broken);
      ExpectError(ErrorCode::kUnsupportedModel, {"tensor " + name, "element 203", std::to_string(value)},
                  [&] { quantize_model(folder_ / "in", out); });
    }
  }
  auto named = sound;
  named[weight + "_scale"] = {"F32", {1}, std::string(4, '\0')};
  internal::WriteRawSafetensors(folder_ / "in/model.safetensors", named);
  ExpectError(ErrorCode::kDuplicateTensor, {weight + "_scale"}, [&] { quantize_model(folder_ / "in", out); });
  EXPECT_EQ(NamesIn(folder_.path()), std::set<std::string>{"in"});
}

TEST_F(Quantize, ReadsSplitWeightsAndOldNames) {
  auto model = internal::ReadCommittedModel("bert-heads4-f32");
  std::filesystem::copy(model.folder, folder_ / "in");
  internal::RawTensors parts[2];
  auto map = nlohmann::json::object();
  for (auto& [name, tensor] : internal::ReadRawSafetensors(model.folder / "model.safetensors")) {
    std::string older = name;
    if (name.ends_with("LayerNorm.weight")) older.replace(name.size() - 6, 6, "gamma");
    const int part = tensor.shape.size() == 2;
    map[older] = part == 0 ? "a.safetensors" : "b.safetensors";
    parts[part][older] = tensor;
  }
  std::filesystem::remove(folder_ / "in/model.safetensors");
  internal::WriteRawSafetensors(folder_ / "in/a.safetensors", parts[0]);
  internal::WriteRawSafetensors(folder_ / "in/b.safetensors", parts[1]);
  std::ofstream(folder_ / "in/model.safetensors.index.json") << nlohmann::json({{"weight_map", map}});
  quantize_model(folder_ / "in", folder_ / "out");
  EXPECT_EQ(Int8Logits(folder_ / "out", model.Texts()), Int8Logits(model.folder, model.Texts()));
}

// A sparse file of 64 GiB more than is free: thread sanitizer leaves room for a mapping of that size, not for
// terabytes.
TEST_F(Quantize, RefusesADiskThatIsTooFullBeforeItWrites) {
  internal::Config config;
  config.vocab_size = 60;
  config.dim = 24;
  config.n_heads = 4;
  config.hidden_dim = 40;
  config.n_layers = 1;
  config.max_position_embeddings = 32;
  WriteModelFolder(folder_ / "in", internal::MakeRandomModel(config, 3));
  auto tensors = internal::ReadRawSafetensors(folder_ / "in/model.safetensors");
  const std::string extra = "z.unused";
  const std::uint64_t bytes = std::filesystem::space(folder_.path()).available + (std::uint64_t{64} << 30);
  tensors[extra] = {"I8", {4}, "1234"};
  internal::WriteRawSafetensors(folder_ / "in/model.safetensors", tensors);
  std::string content = Content(folder_ / "in/model.safetensors");
  std::uint64_t length = 0;
  std::memcpy(&length, content.data(), sizeof length);
  auto header = nlohmann::json::parse(content.substr(8, length));
  header[extra]["shape"] = {bytes};
  header[extra]["data_offsets"][1] = header[extra]["data_offsets"][0].get<std::uint64_t>() + bytes;
  const std::string text = header.dump(), data = content.substr(8 + length, content.size() - 8 - length - 4);
  length = text.size();
  {
    std::ofstream file(folder_ / "in/model.safetensors", std::ios::binary);
    file.write(reinterpret_cast<const char*>(&length), sizeof length);
    file << text << data;
  }
  std::error_code error;
  std::filesystem::resize_file(folder_ / "in/model.safetensors", 8 + length + data.size() + bytes, error);
  if (error) GTEST_SKIP() << "no sparse file of " << bytes << " bytes here";
  ExpectError(ErrorCode::kRuntime, {"out", "bytes free"}, [&] { quantize_model(folder_ / "in", folder_ / "out"); });
  EXPECT_EQ(NamesIn(folder_.path()), std::set<std::string>{"in"});
}

}  // namespace
}  // namespace valence
