// Comments from standard input, in windows.
#pragma once

#include <cstddef>
#include <exception>
#include <optional>

#include "arguments.h"
#include "comment.h"
#include "common/input_options.h"
#include "common/line_reader.h"
#include "common/program.h"
#include "common/window.h"

namespace moderate {

class CommentReader {
 public:
  explicit CommentReader(const Arguments& arguments);

  // The next comments to classify in one call (see common::Window); nothing at the end, and when reading failed.
  std::optional<CommentBatch> NextBatch();

  // Whether NextBatch() would return without waiting for input.
  bool Ready();

  // Called at the end. Throws the error of reading if there was one; else reports how many lines had no text or were
  // not UTF-8.
  common::ExitCode Finish() const;

 private:
  std::optional<Comment> Next();

  const Arguments& arguments_;
  common::IllFormedLines ill_formed_;
  common::LineReader reader_;
  common::Window window_;
  common::BadRows bad_rows_;
  std::size_t lines_ = 0;       // read so far
  std::size_t comments_ = 0;    // the same without the blank lines of JSON lines
  std::exception_ptr failure_;  // of reading; kept until the lines before it are written
};

}  // namespace moderate
