// The output of --resume: what a killed run left is checked against the options, model and input, then continued.
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "common/file.h"
#include "digest.h"
#include "resume_state.h"

namespace cli {

// The file that --resume names, and the ResumeStateFile beside it. Answers up to the last checkpoint are not computed
// again: options, model, the input up to there and the answers must have the checkpoint's digests. The answers that the
// file holds beyond it are computed again and compared. Then the file is appended to.
class ResumedOutput {
 public:
  // Opens or creates the file and keeps other processes from resuming it. `input`: the input's name. Throws
  // std::runtime_error naming the file.
  ResumedOutput(const Arguments& arguments, std::string input);

  // Before the first line. Throws std::runtime_error naming the option or the file of the model that is another one, or
  // the lines of the output that are.
  void Begin(std::vector<Setting> settings);

  // Takes the next line of the input. Returns whether its answer is before the last checkpoint. Throws
  // std::runtime_error if the lines up to a checkpoint are not those that were answered.
  bool IsAnswered(std::string_view line);

  // The last checkpoint of the earlier run; all 0 without one.
  const Checkpoint& trusted() const { return trusted_; }

  // The position behind the line taken last, for Write.
  Checkpoint Here(std::size_t failed, std::size_t answers) const;

  // Writes the answers up to `end`, but for what the file holds already. Throws std::runtime_error if that differs.
  void Write(std::string_view answers, const Checkpoint& end);

  // After the last answer. Throws std::runtime_error if the file holds more, or the input has fewer lines than it had.
  void Finish();

 private:
  void CheckSettings(const ResumeState& earlier) const;
  void CheckOutput();
  std::string Held(std::size_t begin, std::size_t size) const;
  void CompareWithHeld(std::string_view answers) const;
  void Save();

  std::string path_;
  std::string input_;
  std::string remedy_;
  common::File file_;
  ResumeStateFile state_file_;
  std::size_t size_ = 0;    // bytes that an earlier run left
  ResumeState state_;       // the settings of this run, the checkpoints of both
  bool is_saved_ = false;   // state_ is in its file
  Checkpoint trusted_;      // the last one of the earlier run
  Checkpoint written_;      // behind the answer written last
  std::size_t lines_ = 0;   // of the input, taken
  std::size_t passed_ = 0;  // checkpoints
  Digest input_digest_;
  Digest output_digest_;  // up to written_
  std::chrono::steady_clock::time_point begin_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point saved_at_ = begin_;
};

}  // namespace cli
