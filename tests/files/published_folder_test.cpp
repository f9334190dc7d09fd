// Model folders in the forms in which they are published: weights in several files, the Hugging Face cache, Git LFS.
#include <cstring>
#include <nlohmann/json.hpp>

#include "file_errors.h"
#include "files/model_folder.h"
#include "reference/temporary_folder.h"
#include "small_model.h"
#include "valence/tokenizer.h"

namespace valence::internal {
namespace {

using nlohmann::json;

// A folder whose weights lie in part-0 and part-1, tensor by tensor in turns.
class SplitWeights : public testing::Test {
 protected:
  SplitWeights() {
    for (const auto& [name, content] : SmallModel()) {
      if (name != "model.safetensors") folder_.Write(name, content);
    }
    const std::string whole = SmallModel().at("model.safetensors");
    std::uint64_t length;
    std::memcpy(&length, whole.data(), 8);
    const json header = json::parse(whole.substr(8, length));
    std::size_t place = 0;
    for (const auto& [name, tensor] : header.items()) {
      if (name == "__metadata__") continue;
      const std::size_t begin = tensor["data_offsets"][0], end = tensor["data_offsets"][1];
      const std::size_t part = place++ % 2;
      data_[part] += whole.substr(8 + length + begin, end - begin);
      header_[part][name] = {{"dtype", tensor["dtype"]},
                             {"shape", tensor["shape"]},
                             {"data_offsets", {data_[part].size() - (end - begin), data_[part].size()}}};
      map_[name] = Part(part);
    }
    Write();
  }
  static std::string Part(std::size_t part) { return "model-0000" + std::to_string(part + 1) + ".safetensors"; }
  void Write() {
    for (const std::size_t part : {0U, 1U}) folder_.Write(Part(part), Framed(header_[part].dump(), data_[part]));
    folder_.Write("model.safetensors.index.json", json{{"metadata", {{"total_size", 1}}}, {"weight_map", map_}}.dump());
  }
  void Refuse(ErrorCode code, std::initializer_list<std::string_view> words) {
    ExpectError(code, words, [&] { OpenModelFolder(folder_.path()); });
  }

  TemporaryFolder folder_;
  json header_[2] = {json::object(), json::object()}, map_ = json::object();
  std::string data_[2];
};

TEST_F(SplitWeights, AreOpenedAsOne) {
  const TemporaryFolder whole;
  for (const auto& [name, content] : SmallModel()) whole.Write(name, content);
  const ModelFolder split = OpenModelFolder(folder_.path()), one = OpenModelFolder(whole.path());
  ASSERT_EQ(split.weights.tensors().size(), one.weights.tensors().size());
  for (const auto& [name, tensor] : one.weights.tensors()) {
    const TensorView& other = split.weights.Get(name);
    EXPECT_EQ(other.shape, tensor.shape);
    EXPECT_TRUE(std::equal(other.data.begin(), other.data.end(), tensor.data.begin(), tensor.data.end())) << name;
  }
}

TEST_F(SplitWeights, AreNotLookedAtBesideAWholeFile) {
  folder_.Write("model.safetensors", SmallModel().at("model.safetensors"));
  folder_.Write("model.safetensors.index.json", "no JSON");
  EXPECT_NO_THROW(OpenModelFolder(folder_.path()));
}

TEST_F(SplitWeights, NameThePartThatIsMissing) {
  std::filesystem::remove(folder_ / Part(1));
  Refuse(ErrorCode::kFileNotFound, {Part(1)});
}

TEST_F(SplitWeights, NameATensorThatItsPartLacks) {
  map_["classifier.bias"] = map_["classifier.bias"] == Part(0) ? Part(1) : Part(0);
  Write();
  Refuse(ErrorCode::kMissingTensor, {map_["classifier.bias"].get<std::string>(), "classifier.bias", "index.json"});
}

TEST_F(SplitWeights, NameATensorOfTwoParts) {
  const std::size_t other = map_["classifier.bias"] == Part(0) ? 1 : 0;
  data_[other] += std::string(4, '\0');
  header_[other]["classifier.bias"] = {
      {"dtype", "BF16"}, {"shape", {2}}, {"data_offsets", {data_[other].size() - 4, data_[other].size()}}};
  Write();
  Refuse(ErrorCode::kDuplicateTensor, {Part(0), Part(1), "classifier.bias"});
}

TEST_F(SplitWeights, LieInTheFolder) {
  for (const std::string name :
       {"../model.safetensors", "/etc/passwd", "sub/../../model.safetensors", "..", "", "sub/"}) {
    map_["classifier.bias"] = name;
    Write();
    Refuse(ErrorCode::kInvalidConfig, {"index.json", "classifier.bias", "inside the folder"});
  }
  map_["classifier.bias"] = ".";
  Write();
  Refuse(ErrorCode::kFileUnreadable, {folder_.path().native()});
  map_["classifier.bias"] = 7;
  Write();
  Refuse(ErrorCode::kInvalidConfig, {"index.json", "classifier.bias", "7"});
}

TEST_F(SplitWeights, MayLieInAFolderBelow) {
  std::filesystem::create_directory(folder_ / "parts");
  std::filesystem::rename(folder_ / Part(0), folder_ / "parts" / Part(0));
  for (auto& [tensor, file] : map_.items()) {
    file = file == Part(0) ? "parts/" + Part(0) : "./" + Part(1);
  }
  folder_.Write("model.safetensors.index.json", json{{"weight_map", map_}}.dump());
  EXPECT_NO_THROW(OpenModelFolder(folder_.path()));
}

TEST_F(SplitWeights, NeedAnIndexThatNamesThem) {
  for (const char* index : {"{}", R"({"weight_map":[]})", R"({"weight_map":{}})", "[", ""}) {
    folder_.Write("model.safetensors.index.json", index);
    Refuse(ErrorCode::kInvalidConfig, {"model.safetensors.index.json"});
  }
}

// The top folder of a model in the cache of huggingface_hub: refs/main names one of snapshots/.
class CacheFolder : public testing::Test {
 protected:
  void AddSnapshot(const std::string& name) {
    std::filesystem::create_directories(folder_ / "snapshots" / name);
    for (const auto& [file, content] : SmallModel()) folder_.Write("snapshots/" + name + "/" + file, content);
  }
  void WriteMain(const std::string& content) {
    std::filesystem::create_directories(folder_ / "refs");
    folder_.Write("refs/main", content);
  }

  TemporaryFolder folder_;
};

TEST_F(CacheFolder, IsTheSnapshotThatMainNames) {
  AddSnapshot("0123");
  AddSnapshot("4567");
  WriteMain("4567\n");
  EXPECT_EQ(OpenModelFolder(folder_.path()).path, folder_ / "snapshots/4567");
  EXPECT_EQ(valence::Tokenizer::load(folder_.path()).vocab_size(), 8u);
}

TEST_F(CacheFolder, IsItsOnlySnapshot) {
  AddSnapshot("0123");
  EXPECT_EQ(OpenModelFolder(folder_.path()).path, folder_ / "snapshots/0123");
}

TEST_F(CacheFolder, SaysThatThereAreSeveralSnapshots) {
  AddSnapshot("0123");
  AddSnapshot("4567");
  const auto refuse = [&] {
    ExpectError(ErrorCode::kFileNotFound, {"snapshots", "refs/main", "found 2"},
                [&] { OpenModelFolder(folder_.path()); });
  };
  refuse();
  WriteMain("89ab");
  refuse();
  WriteMain("../../etc");
  refuse();
}

TEST_F(CacheFolder, MayHoldFilesBesideItsSnapshots) {
  AddSnapshot("0123");
  folder_.Write("snapshots/.DS_Store", "");
  EXPECT_EQ(OpenModelFolder(folder_.path()).path, folder_ / "snapshots/0123");
}

// In a cache that was copied in part the links of a snapshot lead nowhere.
TEST_F(CacheFolder, NamesTheFileThatIsALinkToNothing) {
  for (const char* name :
       {"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json", "tokenizer.json"}) {
    AddSnapshot("0123");
    std::filesystem::remove(folder_ / "snapshots/0123" / name);
    std::filesystem::create_symlink("../../blobs/4567", folder_ / "snapshots/0123" / name);
    ExpectError(ErrorCode::kFileNotFound, {name, "No such file"}, [&] { OpenModelFolder(folder_.path()); });
    std::filesystem::remove_all(folder_ / "snapshots");
  }
}

TEST(PickledWeights, AreNamedWithTheWayToConvertThem) {
  for (const std::string name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    const TemporaryFolder folder;
    for (const auto& [file, content] : SmallModel()) {
      if (file != "model.safetensors") folder.Write(file, content);
    }
    folder.Write(name, "\x80\x02");
    ExpectError(ErrorCode::kFileNotFound, {"model.safetensors", name, "save_pretrained"},
                [&] { OpenModelFolder(folder.path()); });
    folder.Write(name, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 2\n");
    ExpectError(ErrorCode::kFileUnreadable, {name, "git lfs pull"}, [&] { OpenModelFolder(folder.path()); });
  }
}

TEST(GitLfs, PointersAreNamedAsSuchInPlaceOfAnyFile) {
  const std::string pointer =
      "version https://git-lfs.github.com/spec/v1\noid sha256:"
      "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 267832558\n";
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json", "tokenizer.json",
                           "special_tokens_map.json", "added_tokens.json"}) {
    SCOPED_TRACE(name);
    const TemporaryFolder folder;
    for (const auto& [file, content] : SmallModel()) folder.Write(file, content);
    // Where it lists added tokens, the two older files are not read.
    if (std::string_view(name).ends_with("s.json") || std::string_view(name).ends_with("map.json")) {
      std::filesystem::remove(folder / "tokenizer_config.json");
    }
    folder.Write(name, pointer);
    ExpectError(ErrorCode::kFileUnreadable, {name, "Git LFS pointer", "git lfs pull"},
                [&] { OpenModelFolder(folder.path()); });
  }
}

}  // namespace
}  // namespace valence::internal
