// A folder that appears complete or not at all.
#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

namespace valence::internal {

// A file that is being written. All functions throw Error kRuntime quoting the system.
class NewFile {
 public:
  // Creates the file, of that size, and takes the room on the disk. It must not exist.
  NewFile(const std::filesystem::path& path, std::size_t bytes);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  void Write(std::size_t offset, std::span<const std::byte> bytes);
  // Waits until the disk has it. To be called last.
  void Finish();

 private:
  const std::filesystem::path path_;
  int descriptor_;
};

// Files are written to a hidden folder beside `to`, which Commit renames. Without it they are deleted.
class FolderWriter {
 public:
  // Throws Error kInvalidArgument if `to` exists or its parent does not, kRuntime if the disk has less than `bytes`
  // left or the folder cannot be created.
  FolderWriter(const std::filesystem::path& to, std::size_t bytes);
  FolderWriter(const FolderWriter&) = delete;
  FolderWriter& operator=(const FolderWriter&) = delete;
  ~FolderWriter();

  // Where a file of that name is to be written.
  std::filesystem::path Place(const std::string& name) const { return hidden_ / name; }
  void WriteFile(const std::string& name, std::span<const std::byte> content);
  // Throws Error kInvalidArgument if `to` exists by now, kRuntime if it cannot be renamed.
  void Commit();

 private:
  const std::filesystem::path to_;
  std::filesystem::path hidden_;
  bool committed_ = false;
};

}  // namespace valence::internal
