// Which files are read, and which are refused without waiting for them.
#include "files/mapped_file.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <chrono>

#include "file_errors.h"
#include "reference/temporary_folder.h"

namespace valence::internal {
namespace {

std::string Mapped(const std::filesystem::path& path) {
  const MappedFile file(path);
  return {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
}

// What both ways of reading say of `path`.
void ExpectBothRefuse(const std::filesystem::path& path, ErrorCode code,
                      std::initializer_list<std::string_view> words) {
  const auto start = std::chrono::steady_clock::now();
  ExpectError(code, words, [&] { MappedFile file(path); });
  ExpectError(code, words, [&] { ReadWholeFile(path, 1000); });
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5));
}

TEST(MappedFile, HoldsEveryByteOfTheFile) {
  const TemporaryFolder folder;
  const std::string content("a\0b\xFF\n", 5);
  const auto path = folder.Write("f", content);
  EXPECT_EQ(Mapped(path), content);
  EXPECT_EQ(ReadWholeFile(path, 5), content);
}

TEST(MappedFile, OfAnEmptyFileIsEmpty) {
  const TemporaryFolder folder;
  const auto path = folder.Write("f", "");
  EXPECT_EQ(Mapped(path), "");
  EXPECT_EQ(ReadWholeFile(path, 0), "");
}

TEST(MappedFile, KeepsItsBytesWhenMoved) {
  const TemporaryFolder folder;
  MappedFile a(folder.Write("a", "aaaa")), b(folder.Write("b", "bb"));
  const auto* data = a.bytes().data();
  MappedFile c(std::move(a));
  EXPECT_EQ(c.bytes().data(), data);
  EXPECT_TRUE(a.bytes().empty());  // NOLINT: moved from, and empty by contract
  b = std::move(c);
  EXPECT_EQ(b.bytes().data(), data);
  EXPECT_EQ(b.bytes().size(), 4u);
}

TEST(MappedFile, FollowsSymbolicLinksToRegularFiles) {
  const TemporaryFolder folder;
  folder.Write("f", "text");
  std::filesystem::create_symlink("f", folder / "link");
  EXPECT_EQ(Mapped(folder / "link"), "text");
  EXPECT_EQ(ReadWholeFile(folder / "link", 4), "text");
}

TEST(MappedFile, OutlivesItsName) {
  const TemporaryFolder folder;
  const auto path = folder.Write("f", "text");
  const MappedFile file(path);
  std::filesystem::remove(path);
  folder.Write("f", "another");
  EXPECT_EQ(std::string_view(reinterpret_cast<const char*>(file.bytes().data()), 4), "text");
}

TEST(MappedFile, NamesTheMissingFile) {
  const TemporaryFolder folder;
  ExpectBothRefuse(folder / "none", ErrorCode::kFileNotFound, {folder.path().native(), "none", "No such file"});
  folder.Write("f", "");
  ExpectBothRefuse(folder / "f/below", ErrorCode::kFileNotFound, {"below", "Not a directory"});
  std::filesystem::create_symlink("nowhere", folder / "dangling");
  ExpectBothRefuse(folder / "dangling", ErrorCode::kFileNotFound, {"dangling"});
}

TEST(MappedFile, RefusesALinkToItself) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("loop", folder / "loop");
  ExpectBothRefuse(folder / "loop", ErrorCode::kFileUnreadable, {"loop", "symbolic links"});
}

TEST(MappedFile, RefusesAFolder) {
  const TemporaryFolder folder;
  ExpectBothRefuse(folder.path(), ErrorCode::kFileUnreadable, {"regular file", "a directory"});
}

TEST(MappedFile, RefusesANamedPipeWithoutWaitingForAWriter) {
  const TemporaryFolder folder;
  ASSERT_EQ(mkfifo((folder / "pipe").c_str(), 0600), 0);
  ExpectBothRefuse(folder / "pipe", ErrorCode::kFileUnreadable, {"pipe", "regular file", "a named pipe"});
}

TEST(MappedFile, RefusesDevicesEvenBehindLinks) {
  const TemporaryFolder folder;
  std::filesystem::create_symlink("/dev/zero", folder / "zero");
  ExpectBothRefuse("/dev/zero", ErrorCode::kFileUnreadable, {"/dev/zero", "a character device"});
  ExpectBothRefuse(folder / "zero", ErrorCode::kFileUnreadable, {"zero", "a character device"});
  ExpectBothRefuse("/dev/null", ErrorCode::kFileUnreadable, {"a character device"});
}

TEST(MappedFile, RefusesASocket) {
  const TemporaryFolder folder;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string path = (folder / "s").native();
  ASSERT_LT(path.size(), sizeof address.sun_path);
  path.copy(address.sun_path, path.size());
  const int descriptor = socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_EQ(bind(descriptor, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ExpectBothRefuse(path, ErrorCode::kFileUnreadable, {"a socket"});
  close(descriptor);
}

// A regular file that even root cannot read: nothing is mapped at address 0.
TEST(ReadWholeFile, PassesOnTheSystemsReason) {
  ExpectError(ErrorCode::kFileUnreadable, {"/proc/self/mem", "cannot be read", "Input/output error"},
              [] { ReadWholeFile("/proc/self/mem", 1000); });
}

TEST(MappedFile, PassesOnThatAFileMayNotBeRead) {
  const TemporaryFolder folder;
  std::filesystem::permissions(folder.Write("f", "x"), std::filesystem::perms::none);
  std::filesystem::permissions(folder.path(), std::filesystem::perms::all);
  // Root may read every file, so the test takes another user's rights meanwhile.
  const bool is_root = geteuid() == 0;
  ASSERT_EQ(is_root ? seteuid(65534) : 0, 0);
  ExpectBothRefuse(folder / "f", ErrorCode::kFileUnreadable, {"f", "Permission denied"});
  ASSERT_EQ(is_root ? seteuid(0) : 0, 0);
}

TEST(ReadWholeFile, ReadsFilesWhoseSizeIsNotKnown) {
  EXPECT_NE(ReadWholeFile("/proc/self/status", 1 << 20).find("Pid:"), std::string::npos);
}

TEST(ReadWholeFile, RefusesWhatIsTooLarge) {
  const TemporaryFolder folder;
  const auto path = folder.Write("f", std::string(1001, 'x'));
  ExpectError(ErrorCode::kFileUnreadable, {"f", "at most 1000 bytes", "1001"}, [&] { ReadWholeFile(path, 1000); });
  ExpectError(ErrorCode::kFileUnreadable, {"at most 10 bytes"}, [&] { ReadWholeFile("/proc/self/status", 10); });
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40);  // a hole: no disk is used
  ExpectError(ErrorCode::kFileUnreadable, {"1099511627776"}, [&] { ReadWholeFile(path, 1000); });
}

}  // namespace
}  // namespace valence::internal
