// Creating, filling and renaming by system calls, whose errors the standard library would hide.
#include "files/folder_writer.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const char* what, int error) {
  throw Error(ErrorCode::kRuntime, Shown(path) + ": " + what + ": " + std::generic_category().message(error));
}

[[noreturn]] void FailAsExisting(const std::filesystem::path& path) {
  throw Error(ErrorCode::kInvalidArgument, Shown(path) + ": expected the name of a new folder, found one that exists");
}

// "a/b/" and "a/b" name the same folder.
std::filesystem::path WithoutSlash(const std::filesystem::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

std::filesystem::path ParentOf(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
}

void SyncFolder(const std::filesystem::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) Fail(path, "cannot be opened", errno);
  fsync(descriptor);  // some file systems cannot, and keep the order anyway
  close(descriptor);
}

}  // namespace

NewFile::NewFile(const std::filesystem::path& path, std::size_t bytes) : path_(path) {
  descriptor_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor_ < 0) Fail(path, "cannot be created", errno);
  // Where the file system cannot reserve room, the C library writes zeros.
  const int error = bytes == 0 ? 0 : posix_fallocate(descriptor_, 0, static_cast<off_t>(bytes));
  if (error == 0) return;
  close(descriptor_);
  Fail(path, ("cannot be made " + std::to_string(bytes) + " bytes long").c_str(), error);
}

NewFile::~NewFile() {
  if (descriptor_ >= 0) close(descriptor_);
}

void NewFile::Write(std::size_t offset, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t written = pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) Fail(path_, "cannot be written", written < 0 ? errno : ENOSPC);
    offset += static_cast<std::size_t>(written);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
}

void NewFile::Finish() {
  if (fsync(descriptor_) != 0) Fail(path_, "cannot be written", errno);
  const int descriptor = descriptor_;
  descriptor_ = -1;
  if (close(descriptor) != 0) Fail(path_, "cannot be written", errno);
}

FolderWriter::FolderWriter(const std::filesystem::path& to, std::size_t bytes) : to_(WithoutSlash(to)) {
  const std::filesystem::path parent = ParentOf(to_);
  struct stat status {};
  if (to_.empty() || lstat(to_.c_str(), &status) == 0) FailAsExisting(to_);
  if (stat(parent.c_str(), &status) != 0 || !S_ISDIR(status.st_mode)) {
    throw Error(ErrorCode::kInvalidArgument,
                Shown(to_) + ": expected a name in an existing folder, found no folder " + Shown(parent));
  }
  std::error_code error;
  const auto space = std::filesystem::space(parent, error);
  if (!error && space.available < bytes) {
    throw Error(ErrorCode::kRuntime, Shown(to_) + ": expected " + std::to_string(bytes) +
                                         " bytes free on the disk, found " + std::to_string(space.available));
  }
  for (int attempt = 0;; ++attempt) {  // a killed process may have left one with our number
    std::string name = '.' + to_.filename().string();
    name.append(".partial-").append(std::to_string(getpid())).append("-").append(std::to_string(attempt));
    hidden_ = parent / name;
    if (mkdir(hidden_.c_str(), 0777) == 0) return;
    if (errno != EEXIST || attempt == 1000) Fail(hidden_, "cannot be created", errno);
  }
}

FolderWriter::~FolderWriter() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove_all(hidden_, ignored);
}

void FolderWriter::WriteFile(const std::string& name, std::span<const std::byte> content) {
  NewFile file(Place(name), content.size());
  file.Write(0, content);
  file.Finish();
}

void FolderWriter::Commit() {
  SyncFolder(hidden_);
  int result = renameat2(AT_FDCWD, hidden_.c_str(), AT_FDCWD, to_.c_str(), RENAME_NOREPLACE);
  if (result != 0 && (errno == EINVAL || errno == ENOSYS)) {  // rename alone would replace an empty folder
    struct stat status {};
    if (lstat(to_.c_str(), &status) == 0) FailAsExisting(to_);
    result = rename(hidden_.c_str(), to_.c_str());
  }
  if (result != 0 && errno == EEXIST) FailAsExisting(to_);
  if (result != 0) Fail(to_, "cannot be created", errno);
  committed_ = true;
  SyncFolder(ParentOf(to_));
}

}  // namespace valence::internal
