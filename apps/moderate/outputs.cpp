// Where the comments go: a file for each decision, or standard output.
#include "outputs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <numeric>
#include <stdexcept>
#include <utility>

#include "common/numbers.h"
#include "common/output.h"
#include "common/program.h"

namespace moderate {
namespace {

common::File OpenOutput(const std::string& path) {
  if (path.empty()) return common::File(STDOUT_FILENO);
  return common::File(path, O_WRONLY | O_CREAT | O_APPEND);
}

void CheckIsNotInput(const std::string& path, const common::File& file) {
  struct stat input {};
  struct stat output {};
  if (fstat(STDIN_FILENO, &input) != 0 || fstat(file.fd(), &output) != 0 || !S_ISREG(input.st_mode)) return;
  if (common::IsSameFile(input, output)) {
    throw common::UsageError(path + ": expected another file than the one that is read");
  }
}

}  // namespace

Outputs::Outputs(const Arguments& arguments)
    : arguments_(arguments),
      files_{OpenOutput(arguments.files[kKept]), OpenOutput(arguments.files[kFlagged]),
             OpenOutput(arguments.files[kUnsure])} {
  for (std::size_t i = 0; i < files_.size(); ++i) {
    if (!arguments.files[i].empty()) CheckIsNotInput(arguments.files[i], files_[i]);
  }
}

void Outputs::Write(std::vector<Comment>&& comments) {
  std::string to_output;  // in the order of the input
  std::array<std::string, kDecisions> to_files;
  for (Comment& comment : comments) {
    const Decision decision = comment.decision;
    ++counts_[decision];
    std::string& out = arguments_.files[decision].empty() ? to_output : to_files[decision];
    out += arguments_.Splits() ? comment.line + comment.end : Labelled(std::move(comment), arguments_.jsonl);
  }
  for (std::size_t i = 0; i < files_.size(); ++i) common::WriteLines(to_files[i], files_[i].fd(), arguments_.files[i]);
  try {
    common::WriteLines(to_output);
  } catch (const common::OutputClosed&) {
    if (!arguments_.Splits()) throw;
    const std::size_t lines = std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
    throw std::runtime_error("standard output: its reader closed it; some of the first " + std::to_string(lines) +
                             " lines may be lost, those behind them are not judged");
  }
}

std::string Outputs::Summary() const {
  const std::size_t lines = std::accumulate(counts_.begin(), counts_.end(), std::size_t{0});
  std::string summary = std::to_string(lines) + " lines:";
  for (std::size_t i = 0; i < counts_.size(); ++i) {
    summary += (i == 0 ? " " : ", ") + std::to_string(counts_[i]) + ' ' + kDecisionNames[i];
  }
  return summary;
}

}  // namespace moderate
