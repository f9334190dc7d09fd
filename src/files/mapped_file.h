// A whole regular file: mapped read-only, or read into memory.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace valence::internal {

// For the weights. While it lives the file may be unlinked or renamed over, but must not be cut short in place: the
// system would answer a read beyond the new end with SIGBUS. A loaded model no longer has one.
class MappedFile {
 public:
  MappedFile() = default;
  // Refuses what is not a regular file (after following symbolic links), without opening it.
  // Throws Error: kFileNotFound, kFileUnreadable naming the path and the reason.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

// For the small files. Throws Error as MappedFile does, and kFileUnreadable for more than `max_bytes`.
std::string ReadWholeFile(const std::filesystem::path& path, std::size_t max_bytes);

}  // namespace valence::internal
