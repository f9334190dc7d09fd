// A whole regular file, mapped read-only.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace valence::internal {

class MappedFile {
 public:
  MappedFile() = default;
  // Refuses what is not a regular file (after following symbolic links).
  // Throws Error: kFileNotFound, kFileUnreadable naming the path and the reason.
  explicit MappedFile(const std::filesystem::path& path);
  MappedFile(MappedFile&& other) noexcept;
  MappedFile& operator=(MappedFile&& other) noexcept;
  ~MappedFile();

  std::span<const std::byte> bytes() const { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
};

}  // namespace valence::internal
