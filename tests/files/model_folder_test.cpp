// Whole model folders, and where the default one is looked for.
#include "files/model_folder.h"

#include <sys/stat.h>

#include <algorithm>

#include "file_errors.h"
#include "reference/temporary_folder.h"
#include "small_model.h"

namespace valence::internal {
namespace {

class ModelFolderTest : public testing::Test {
 protected:
  ModelFolderTest() {
    for (const auto& [name, content] : SmallModel()) folder_.Write(name, content);
  }
  void Refuse(ErrorCode code, std::initializer_list<std::string_view> words) {
    ExpectError(code, words, [&] { OpenModelFolder(folder_.path()); });
  }

  TemporaryFolder folder_;
};

TEST_F(ModelFolderTest, IsReadWhole) {
  const ModelFolder model = OpenModelFolder(folder_.path());
  EXPECT_EQ(model.path, folder_.path());
  EXPECT_EQ(model.config.dim, 4);
  EXPECT_EQ(model.tokenizer.vocab.size(), 8u);
  EXPECT_TRUE(model.weights.Has("distilbert.embeddings.word_embeddings.weight"));
}

TEST_F(ModelFolderTest, MayVanishOnceItIsOpen) {
  const ModelFolder model = OpenModelFolder(folder_.path());
  for (const auto& [name, content] : SmallModel()) std::filesystem::remove(folder_ / name);
  double sum = 0;
  for (const auto& [name, tensor] : model.weights.tensors()) {
    for (const std::byte byte : tensor.data) sum += std::to_integer<int>(byte);
  }
  EXPECT_GT(sum, 0);
}

TEST_F(ModelFolderTest, MayConsistOfSymbolicLinks) {
  const TemporaryFolder links;
  for (const auto& [name, content] : SmallModel()) std::filesystem::create_symlink(folder_ / name, links / name);
  EXPECT_EQ(OpenModelFolder(links.path()).config.dim, 4);
  const TemporaryFolder parent;
  std::filesystem::create_directory_symlink(folder_.path(), parent / "model");
  EXPECT_EQ(OpenModelFolder(parent / "model").config.dim, 4);
}

TEST_F(ModelFolderTest, IsNamedWhenItIsMissingOrNoFolder) {
  const auto none = folder_ / "none", file = folder_ / "config.json";
  ExpectError(ErrorCode::kFileNotFound, {none.native(), "model folder", "No such file"},
              [&] { OpenModelFolder(none); });
  ExpectError(ErrorCode::kFileUnreadable, {file.native(), "model folder"}, [&] { OpenModelFolder(file); });
  ExpectError(ErrorCode::kFileNotFound, {"model folder"}, [&] { OpenModelFolder(""); });
  ExpectError(ErrorCode::kFileUnreadable, {"/dev/zero", "model folder"}, [&] { OpenModelFolder("/dev/zero"); });
}

TEST_F(ModelFolderTest, NamesTheFileThatIsMissing) {
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt"}) {
    SCOPED_TRACE(name);
    const TemporaryFolder partial;
    for (const auto& [file, content] : SmallModel()) {
      if (file != name) partial.Write(file, content);
    }
    ExpectError(ErrorCode::kFileNotFound, {partial.path().native(), name}, [&] { OpenModelFolder(partial.path()); });
  }
}

TEST_F(ModelFolderTest, WithOnlyPickledWeightsSaysHowToConvertThem) {
  std::filesystem::rename(folder_ / "model.safetensors", folder_ / "pytorch_model.bin");
  Refuse(ErrorCode::kFileNotFound, {"model.safetensors", "pytorch_model.bin", "converted", "save_pretrained"});
}

TEST_F(ModelFolderTest, RefusesEveryFileThatIsNotRegularWithoutWaiting) {
  for (const char* name : {"config.json", "model.safetensors", "vocab.txt", "tokenizer_config.json"}) {
    SCOPED_TRACE(name);
    std::filesystem::remove(folder_ / name);
    ASSERT_EQ(mkfifo((folder_ / name).c_str(), 0600), 0);
    Refuse(ErrorCode::kFileUnreadable, {name, "regular file", "a named pipe"});
    std::filesystem::remove(folder_ / name);
    std::filesystem::create_directory(folder_ / name);
    Refuse(ErrorCode::kFileUnreadable, {name, "regular file", "a directory"});
    std::filesystem::remove(folder_ / name);
    std::filesystem::create_symlink("/dev/zero", folder_ / name);
    Refuse(ErrorCode::kFileUnreadable, {name, "regular file", "a character device"});
    std::filesystem::remove(folder_ / name);
    folder_.Write(name, SmallModel().at(name));
  }
  EXPECT_NO_THROW(OpenModelFolder(folder_.path()));
}

TEST_F(ModelFolderTest, RefusesEmptyFilesByName) {
  const std::map<std::string, ErrorCode> codes = {{"config.json", ErrorCode::kInvalidConfig},
                                                  {"model.safetensors", ErrorCode::kHeaderTooSmall},
                                                  {"tokenizer_config.json", ErrorCode::kInvalidTokenizer},
                                                  {"vocab.txt", ErrorCode::kInvalidTokenizer}};
  for (const auto& [name, code] : codes) {
    SCOPED_TRACE(name);
    folder_.Write(name, "");
    Refuse(code, {folder_.path().native()});
    folder_.Write(name, SmallModel().at(name));
  }
}

TEST_F(ModelFolderTest, RefusesTokensBeyondTheEmbeddingTable) {
  folder_.Write("vocab.txt", SmallModel().at("vocab.txt") + "beyond\n");
  Refuse(ErrorCode::kInvalidTokenizer, {"\"beyond\"", "vocab_size 8", "found 8"});
  folder_.Write("vocab.txt", SmallModel().at("vocab.txt"));
  folder_.Write("tokenizer_config.json", R"({"additional_special_tokens":["<new>"]})");
  Refuse(ErrorCode::kInvalidTokenizer, {"\"<new>\"", "vocab_size 8", "found 8"});
}

class DefaultModel : public testing::Test {
 protected:
  DefaultModel() {
    if (const char* value = std::getenv("VALENCE_MODEL")) before_ = value;
    unsetenv("VALENCE_MODEL");
  }
  ~DefaultModel() override {
    if (before_) {
      setenv("VALENCE_MODEL", before_->c_str(), 1);
    } else {
      unsetenv("VALENCE_MODEL");
    }
  }
  static std::size_t Rank(const std::vector<std::filesystem::path>& places, const std::filesystem::path& place) {
    return static_cast<std::size_t>(std::find(places.begin(), places.end(), place) - places.begin());
  }

  std::optional<std::string> before_;
};

TEST_F(DefaultModel, OfTheBuildTreeIsTheSourceTrees) {
  EXPECT_TRUE(std::filesystem::equivalent(DefaultModelFolder(), VALENCE_DEFAULT_MODEL));
}

TEST_F(DefaultModel, IsWhatTheEnvironmentSaysWhateverThatIs) {
  setenv("VALENCE_MODEL", "/some/where", 1);
  EXPECT_EQ(DefaultModelFolder(), "/some/where");
  setenv("VALENCE_MODEL", "", 1);
  EXPECT_TRUE(std::filesystem::equivalent(DefaultModelFolder(), VALENCE_DEFAULT_MODEL));
}

TEST_F(DefaultModel, IsLookedForBesideTheInstallationFirst) {
  const std::vector<const char*> modules = {"/opt/v/lib/libvalence.so", "/opt/v/bin/valence",
                                            "/opt/v/lib/x86_64-linux-gnu/libvalence.so"};
  for (const char* module : modules)
    EXPECT_LT(Rank(DefaultModelPlaces(module), "/opt/v/share/valence/models/default"), 2u);
}

TEST_F(DefaultModel, IsAnInstalledOneRatherThanTheSourceTreesUnlessTheModuleIsInABuildTree) {
  const TemporaryFolder folder;
  std::filesystem::create_directories(folder / "build/lib");
  const auto places = DefaultModelPlaces(folder / "build/lib/libvalence.so");
  const auto source = Rank(places, VALENCE_DEFAULT_MODEL);
  EXPECT_EQ(source, places.size() - 1);
  folder.Write("build/CMakeCache.txt", "");
  const auto built = DefaultModelPlaces(folder / "build/lib/libvalence.so");
  EXPECT_EQ(Rank(built, VALENCE_DEFAULT_MODEL), built.size() - 2);
  EXPECT_EQ(built.back(), places[places.size() - 2]);
}

}  // namespace
}  // namespace valence::internal
