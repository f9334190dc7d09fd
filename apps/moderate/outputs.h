// Where the comments go: a file for each decision, or standard output.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <vector>

#include "arguments.h"
#include "comment.h"
#include "common/file.h"

namespace moderate {

class Outputs {
 public:
  // Opens the files. Throws std::runtime_error naming a file, common::UsageError if it is the input too.
  explicit Outputs(const Arguments& arguments);

  // Writes each comment's line to its place. Throws std::runtime_error naming the output.
  void Write(std::vector<Comment>&& comments);

  // "5 lines: 3 kept, 1 flagged, 1 unsure"
  std::string Summary() const;

 private:
  const Arguments& arguments_;
  std::array<common::File, kDecisions> files_;  // standard output where no file is given
  std::array<std::size_t, kDecisions> counts_{};
};

}  // namespace moderate
