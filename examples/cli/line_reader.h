// Lines from a file descriptor, with the knowledge whether the next one is there already.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

namespace cli {

class LineReader {
 public:
  // `name` stands in error messages. The descriptor stays the caller's.
  LineReader(int fd, std::string name) : fd_(fd), name_(std::move(name)) {}

  // The next line without its "\n" or "\r\n", or nothing at the end; waits for it. The last line may lack its end.
  // Throws std::runtime_error when reading fails or a line exceeds kLongestLine.
  std::optional<std::string> Next();

  // Whether Next() would return without waiting for more input.
  bool Ready();

  // The one bound on memory that depends on the input.
  static constexpr std::size_t kLongestLine = std::size_t{64} << 20;

 private:
  bool HasLine();
  bool Readable(int timeout_ms) const;
  void Fill();

  int fd_;
  std::string name_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the next line in buffer_
  std::size_t scanned_ = 0;  // no line end lies in [begin_, scanned_)
  std::size_t number_ = 1;   // of the next line
  bool ended_ = false;
};

}  // namespace cli
