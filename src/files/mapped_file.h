// A whole regular file: mapped read-only, or read into memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace valence::internal {

// For the weights. While the object exists the file may be unlinked or replaced by renaming, but must not be truncated:
// a read beyond the new end raises SIGBUS. A loaded model has one only for word embeddings that its folder holds in s8.
class MappedFile {
 public:
  MappedFile() = default;
  // Follows symbolic links. Does not open anything but a regular file.
  // Throws Error: kFileNotFound, or kFileUnreadable, also if it is not a regular file; the message has path and reason.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

// Takes the whole pages of that part of a MappedFile out of memory. A later read brings them back from the file. Any
// thread may read meanwhile.
void ReleasePages(std::span<const std::byte> part);

// For the small files. Throws Error as MappedFile does, and kFileUnreadable for more than `max_bytes`.
std::string ReadWholeFile(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace valence::internal
