// What the fuzz targets share.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "valence/error.h"

// What libFuzzer, or replay.cpp, calls with each input.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace valence::internal {

inline std::string_view Text(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

// The input as a file in memory.
class MemoryFile {
 public:
  explicit MemoryFile(std::string_view content) : descriptor_(memfd_create("input", MFD_CLOEXEC)) {
    if (write(descriptor_, content.data(), content.size()) != static_cast<ssize_t>(content.size())) std::abort();
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(descriptor_); }

  std::filesystem::path path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

// Splits the input into the contents of files, each ended by the line "==== next file ====".
class FileSplitter {
 public:
  explicit FileSplitter(std::string_view input) : rest_(input) {}

  bool AtEnd() const { return rest_.empty(); }
  std::string_view Next() {
    constexpr std::string_view kEnd = "\n==== next file ====\n";
    const std::size_t end = std::min(rest_.find(kEnd), rest_.size());
    const std::string_view content = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + kEnd.size(), rest_.size()));
    return content;
  }

 private:
  std::string_view rest_;
};

inline void Demand(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "violated: %s\n", what);
  std::abort();
}

// Calls `call`. An Error, on one line of bounded length, is an answer; any other exception ends the program.
template <class Call>
void AnswerOrError(Call&& call) {
  try {
    call();
  } catch (const Error& error) {
    const std::string_view message = error.what();
    Demand(!message.empty() && message.size() < 10000, "a message of sensible length");
    for (const char c : message) Demand(static_cast<unsigned char>(c) >= 0x20 && c != 0x7F, "a printable message");
  }
}

}  // namespace valence::internal
