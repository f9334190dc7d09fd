// Opening, mapping and reading regular files.
#include "files/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

[[noreturn]] void Fail(const std::filesystem::path& path, const char* what, int error) {
  const bool absent = error == ENOENT || error == ENOTDIR;
  throw Error(absent ? ErrorCode::kFileNotFound : ErrorCode::kFileUnreadable,
              Shown(path) + ": " + what + ": " + std::generic_category().message(error));
}

// Throws unless `status` is that of a regular file.
void CheckRegular(const std::filesystem::path& path, const struct stat& status) {
  if (S_ISREG(status.st_mode)) return;
  const char* kind = S_ISDIR(status.st_mode)    ? "a directory"
                     : S_ISFIFO(status.st_mode) ? "a named pipe"
                     : S_ISSOCK(status.st_mode) ? "a socket"
                     : S_ISCHR(status.st_mode)  ? "a character device"
                     : S_ISBLK(status.st_mode)  ? "a block device"
                                                : "something else";
  throw Error(ErrorCode::kFileUnreadable, Shown(path) + ": expected a regular file, found " + kind);
}

// An open regular file; closes it.
class OpenFile {
 public:
  explicit OpenFile(const std::filesystem::path& path) : path_(path) {
    // Checked before opening, because opening a device can have effects, and after, because the file may have been
    // replaced.
    struct stat status {};
    if (stat(path.c_str(), &status) != 0) Fail(path, "cannot be opened", errno);
    CheckRegular(path, status);
    descriptor_ = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor_ < 0) Fail(path, "cannot be opened", errno);
    try {
      if (fstat(descriptor_, &status) != 0) Fail(path, "cannot be examined", errno);
      CheckRegular(path, status);
      CheckNotLfsPointer(status.st_size);
    } catch (...) {
      close(descriptor_);
      throw;
    }
    size_ = static_cast<std::size_t>(status.st_size);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() { close(descriptor_); }

  std::size_t size() const { return size_; }

  std::span<const std::byte> Map() const {
    if (size_ == 0) return {};  // mmap fails for a length of 0
    void* memory = mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (memory == MAP_FAILED) Fail(path_, "cannot be mapped", errno);
    return {static_cast<const std::byte*>(memory), size_};
  }

  // At most `count` bytes; 0 at the end of the file.
  std::size_t Read(char* buffer, std::size_t count) const {
    for (;;) {
      const ssize_t got = read(descriptor_, buffer, count);
      if (got >= 0) return static_cast<std::size_t>(got);
      if (errno != EINTR) Fail(path_, "cannot be read", errno);
    }
  }

 private:
  // Git LFS puts a small text file in the place of a large one that was not downloaded
  // (git-lfs/docs/spec.md: less than 1024 bytes, the version first).
  void CheckNotLfsPointer(off_t size) const {
    constexpr std::string_view kVersion = "version https://git-lfs.github.com/spec/";
    char start[kVersion.size()];
    if (size >= 1024 || pread(descriptor_, start, sizeof start, 0) != sizeof start) return;
    if (std::string_view(start, sizeof start) != kVersion) return;
    throw Error(ErrorCode::kFileUnreadable, Shown(path_) +
                                                ": expected the file itself, found a Git LFS pointer to it; download "
                                                "it with: git lfs pull");
  }

  const std::filesystem::path& path_;
  int descriptor_ = -1;
  std::size_t size_ = 0;
};

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) : bytes_(OpenFile(path).Map()) {}

MappedFile::MappedFile(MappedFile&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}

MappedFile& MappedFile::operator=(MappedFile&& other) noexcept {
  std::swap(bytes_, other.bytes_);
  return *this;
}

MappedFile::~MappedFile() {
  if (!bytes_.empty()) munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void ReleasePages(std::span<const std::byte> part) {
  const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(part.data()), end = begin + part.size();
  const std::uintptr_t first = (begin + page - 1) / page * page, last = end / page * page;
  // A failure only leaves them in memory.
  if (first < last) madvise(reinterpret_cast<void*>(first), last - first, MADV_DONTNEED);
}

std::string ReadWholeFile(const std::filesystem::path& path, std::size_t max_bytes) {
  const OpenFile file(path);
  // The size is only an estimate: files of /proc have size 0, and a file may grow.
  std::string content;
  std::size_t filled = 0;
  for (;;) {
    if (file.size() > max_bytes || filled > max_bytes) {
      throw Error(ErrorCode::kFileUnreadable, Shown(path) + ": expected at most " + std::to_string(max_bytes) +
                                                  " bytes, found " + std::to_string(std::max(file.size(), filled)));
    }
    if (filled == content.size()) content.resize(filled == 0 ? file.size() + 1 : filled + filled / 2 + 4096);
    const std::size_t got = file.Read(content.data() + filled, content.size() - filled);
    if (got == 0) break;
    filled += got;
  }
  content.resize(filled);
  return content;
}

}  // namespace valence::internal
