// Comments from standard input, in windows.
#include "comment_reader.h"

#include <unistd.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include "common/text.h"

namespace moderate {

CommentReader::CommentReader(const Arguments& arguments)
    : arguments_(arguments),
      ill_formed_(kProgram, "standard input", arguments.encoding.strict),
      reader_(STDIN_FILENO, "standard input", arguments.encoding.Lines(ill_formed_)),
      bad_rows_(kProgram, "standard input") {}

std::optional<CommentBatch> CommentReader::NextBatch() {
  CommentBatch batch;
  batch.inputs = window_.Take([this] { return Next(); }, [this] { return Ready(); },
                              [](const Comment& comment) { return comment.line.size(); });
  if (batch.inputs.empty()) return std::nullopt;
  for (Comment& comment : batch.inputs) batch.texts.push_back(std::move(comment.text));
  return batch;
}

common::ExitCode CommentReader::Finish() const {
  if (failure_) std::rethrow_exception(failure_);
  return std::max(ill_formed_.Finish(), bad_rows_.Finish(comments_));
}

std::optional<Comment> CommentReader::Next() {
  std::optional<std::string> line;
  do {
    try {
      line = reader_.NextWithEnd();
    } catch (const std::runtime_error&) {
      failure_ = std::current_exception();
      line.reset();
    }
    if (!line) return std::nullopt;
    ++lines_;
  } while (arguments_.jsonl && common::IsBlank(*line));
  ++comments_;
  Comment comment = ParseComment(std::move(*line), arguments_);
  if (!comment.error.empty()) bad_rows_.Add(lines_, comment.error);
  return comment;
}

bool CommentReader::Ready() {
  try {
    return reader_.Ready();
  } catch (const std::runtime_error&) {
    return true;  // Next() meets the same error
  }
}

}  // namespace moderate
