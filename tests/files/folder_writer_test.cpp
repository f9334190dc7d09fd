// What is left on the disk when a folder cannot be written, and what the error says.
#include "files/folder_writer.h"

#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <fstream>
#include <iterator>
#include <string>

#include "file_errors.h"
#include "reference/temporary_folder.h"

namespace valence::internal {
namespace {

std::span<const std::byte> Bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

std::string Read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t EntriesOf(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder), {}));
}

// No file can grow beyond `bytes` while it lives, as on a full disk.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) : handler_(std::signal(SIGXFSZ, SIG_IGN)) {
    getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit limit{bytes, before_.rlim_max};
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST(FolderWriter, ShowsTheFolderWhenItIsComplete) {
  const TemporaryFolder parent;
  for (const std::filesystem::path& to : {parent / "plain", parent / "slash/"}) {
    FolderWriter writer(to, 4);
    writer.WriteFile("a", Bytes("abcd"));
    writer.WriteFile("empty", {});
    EXPECT_FALSE(std::filesystem::exists(to));
    writer.Commit();
    EXPECT_EQ(Read(to / "a"), "abcd");
    EXPECT_EQ(EntriesOf(to), 2u);
  }
  EXPECT_EQ(EntriesOf(parent.path()), 2u);
}

TEST(FolderWriter, LeavesNothingWithoutCommit) {
  const TemporaryFolder parent;
  { FolderWriter(parent / "to", 0).WriteFile("a", Bytes("abcd")); }
  EXPECT_EQ(EntriesOf(parent.path()), 0u);
}

TEST(FolderWriter, PassesOverWhatAKilledProcessOfTheSameNumberLeft) {
  const TemporaryFolder parent;
  const std::string left = ".to.partial-" + std::to_string(getpid()) + "-0";
  std::filesystem::create_directory(parent / left);
  FolderWriter writer(parent / "to", 0);
  writer.WriteFile("a", Bytes("a"));
  writer.Commit();
  EXPECT_EQ(Read(parent / "to/a"), "a");
  EXPECT_TRUE(std::filesystem::exists(parent / left));
}

TEST(FolderWriter, RefusesWhatExistsOrHasNoFolderAround) {
  const TemporaryFolder parent;
  parent.Write("file", "");
  std::filesystem::create_symlink("nowhere", parent / "link");
  for (const char* name : {"file", "link"}) {
    ExpectError(ErrorCode::kInvalidArgument, {name, "found one that exists"}, [&] { FolderWriter(parent / name, 0); });
  }
  ExpectError(ErrorCode::kInvalidArgument, {"found one that exists"}, [&] { FolderWriter("", 0); });
  ExpectError(ErrorCode::kInvalidArgument, {"none/to", "found no folder"},
              [&] { FolderWriter(parent / "none/to", 0); });
  ExpectError(ErrorCode::kInvalidArgument, {"file/to", "found no folder"},
              [&] { FolderWriter(parent / "file/to", 0); });
  EXPECT_EQ(EntriesOf(parent.path()), 2u);
}

TEST(FolderWriter, DoesNotReplaceAFolderThatCameMeanwhile) {
  const TemporaryFolder parent;
  {
    FolderWriter writer(parent / "to", 0);
    std::filesystem::create_directory(parent / "to");
    ExpectError(ErrorCode::kInvalidArgument, {"/to", "found one that exists"}, [&] { writer.Commit(); });
  }
  EXPECT_EQ(EntriesOf(parent.path()), 1u);
}

TEST(FolderWriter, NamesWhatTheSystemRefuses) {
  ExpectError(ErrorCode::kRuntime, {"/proc/.to.partial-", "cannot be created: "}, [] { FolderWriter("/proc/to", 0); });
  const TemporaryFolder parent;
  ExpectError(ErrorCode::kRuntime, {"/to: expected 9223372036854775807 bytes free on the disk, found "},
              [&] { FolderWriter(parent / "to", SIZE_MAX / 2); });
  ExpectError(ErrorCode::kRuntime, {"none/a: cannot be created: "}, [&] { NewFile(parent / "none/a", 0); });
  parent.Write("a", "old");
  ExpectError(ErrorCode::kRuntime, {"/a: cannot be created: "}, [&] { NewFile(parent / "a", 1); });
  EXPECT_EQ(Read(parent / "a"), "old");
  {
    FolderWriter writer(parent / "to", 0);
    std::filesystem::remove_all(writer.Place("x").parent_path());
    ExpectError(ErrorCode::kRuntime, {"cannot be opened: "}, [&] { writer.Commit(); });
  }
}

TEST(FolderWriter, LeavesNothingWhenTheDiskHasNoRoom) {
  const TemporaryFolder parent;
  {
    const FileSizeLimit limit(1000);
    FolderWriter writer(parent / "to", 5000);
    writer.WriteFile("small", Bytes("abcd"));
    const std::string large(5000, 'x');
    ExpectError(ErrorCode::kRuntime, {"/large: cannot be made 5000 bytes long: "},
                [&] { writer.WriteFile("large", Bytes(large)); });
    NewFile file(writer.Place("grows"), 0);
    ExpectError(ErrorCode::kRuntime, {"/grows: cannot be written: "}, [&] { file.Write(1000, Bytes("x")); });
  }
  EXPECT_EQ(EntriesOf(parent.path()), 0u);
}

}  // namespace
}  // namespace valence::internal
