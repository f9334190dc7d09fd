// Lines from a file descriptor; knows whether the next one can be read without waiting.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "encoding.h"

namespace common {

// A line was longer than the limit. Nothing is lost: after LineReader::SkipLine() reading goes on behind that line.
struct LineTooLong : std::runtime_error {
  using std::runtime_error::runtime_error;
};

struct LineOptions {
  // Bytes; a longer line is refused (one that ends within the next 64 KiB may pass). The only thing in memory whose
  // size depends on the input is one line.
  std::size_t longest = std::size_t{64} << 20;
  Encoding encoding = Encoding::kUtf8;
  // Called with the number of each line that is not well-formed UTF-8.
  std::function<void(std::size_t line)> on_ill_formed;
};

// Lines are UTF-8, whatever the encoding of the input; ill-formed bytes stay as they are.
class LineReader {
 public:
  // `name` stands in error messages. The descriptor stays the caller's.
  LineReader(int fd, std::string name, LineOptions options = {})
      : fd_(fd), name_(std::move(name)), options_(std::move(options)), decoder_(options_.encoding) {}

  // The next line without its "\n" or "\r\n", or nothing at the end; waits for it. The last line may lack its end.
  // Throws LineTooLong, or std::runtime_error when reading fails or the input is compressed.
  std::optional<std::string> Next();

  // The same with its line end.
  std::optional<std::string> NextWithEnd();

  // Drops the next line, however long it is.
  void SkipLine();

  // Whether Next() would return without waiting for more input. Throws as Next() does.
  bool Ready();

 private:
  bool HasLine();
  void PassLine();
  bool Readable(int timeout_ms) const;
  void Fill();

  int fd_;
  std::string name_;
  LineOptions options_;
  Decoder decoder_;
  std::string buffer_;
  std::size_t begin_ = 0;    // of the next line in buffer_
  std::size_t scanned_ = 0;  // no line end lies in [begin_, scanned_)
  std::size_t number_ = 1;   // of the next line
  bool ended_ = false;
};

}  // namespace common
