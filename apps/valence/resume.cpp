// The output of --resume: what a killed run left is checked against the options, model and input, then continued.
#include "resume.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <stdexcept>
#include <utility>

#include "common/output.h"
#include "common/program.h"
#include "common/text.h"
#include "settings.h"

namespace cli {
namespace {

constexpr std::size_t kReadSize = 1 << 20;
constexpr std::size_t kQuoted = 100;

// How much work may have to be done again, against the size of the state file: a day's run has about 1,500 checkpoints.
std::chrono::nanoseconds CheckpointInterval(std::chrono::nanoseconds run) {
  return std::clamp<std::chrono::nanoseconds>(run / 100, std::chrono::seconds(1), std::chrono::seconds(60));
}

std::size_t LinesIn(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// The line that begins there, shortened for an error message.
std::string Quoted(std::string_view lines, std::size_t begin) {
  return '"' + common::OneLine(lines.substr(begin, std::min(lines.find('\n', begin) - begin, kQuoted))) + '"';
}

// "line 3 is not the one" or "lines 3 to 8 are not those".
std::string AreOthers(std::size_t first, std::size_t last) {
  if (first == last) return "line " + std::to_string(first) + " is not the one";
  return "lines " + std::to_string(first) + " to " + std::to_string(last) + " are not those";
}

}  // namespace

ResumedOutput::ResumedOutput(const Arguments& arguments, std::string input)
    : path_(*arguments.resume),
      input_(std::move(input)),
      remedy_(", or remove " + path_ + " to begin again"),
      file_(path_, O_RDWR | O_CREAT | O_APPEND),
      state_file_(path_ + ".resume") {
  struct stat output {};
  if (fstat(file_.fd(), &output) != 0) throw common::SystemError(path_);
  if (!S_ISREG(output.st_mode)) throw std::runtime_error(path_ + ": expected a file to resume, found something else");
  struct stat input_found {};
  const int found = arguments.input ? stat(arguments.input->c_str(), &input_found) : fstat(STDIN_FILENO, &input_found);
  if (found == 0 && common::IsSameFile(input_found, output)) {
    throw std::runtime_error(path_ + ": is the input too");
  }
  if (flock(file_.fd(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw std::runtime_error(path_ + ": another process is resuming it");
  }
  if (fstat(file_.fd(), &output) != 0) throw common::SystemError(path_);
  size_ = static_cast<std::size_t>(output.st_size);
}

void ResumedOutput::Begin(std::vector<Setting> settings) {
  state_.settings = std::move(settings);
  auto earlier = state_file_.Read();
  const std::size_t checkpoints = earlier ? earlier->checkpoints.size() : 0;
  if (size_ > 0 && earlier) {
    CheckSettings(*earlier);
    state_.checkpoints = std::move(earlier->checkpoints);
    CheckOutput();
  } else if (size_ > 0) {
    common::PrintNote(kProgram, state_file_.path() + " is missing: all answers are computed again and compared with " +
                                    path_ + ", as it does not say which input, model and options these are of");
  }
  // An output that is not compared yet gets its state file when some of it is: options that do not fit leave no trace.
  if (size_ > 0 && state_.checkpoints.size() == checkpoints) return;
  state_file_.Replace(state_);
  is_saved_ = true;
}

void ResumedOutput::CheckSettings(const ResumeState& earlier) const {
  const auto value_in = [](const std::vector<Setting>& settings, const std::string& name) {
    const auto found = std::find_if(settings.begin(), settings.end(), [&](const Setting& s) { return s.name == name; });
    return found == settings.end() ? "nothing" : found->value;
  };
  std::vector<Setting> all = state_.settings;
  all.insert(all.end(), earlier.settings.begin(), earlier.settings.end());
  for (const Setting& setting : all) {
    const std::string expected = value_in(earlier.settings, setting.name);
    const std::string found = value_in(state_.settings, setting.name);
    if (expected == found) continue;
    const bool is_model = setting.name.starts_with(kModelFile);
    throw std::runtime_error(path_ + (is_model ? ": begun with another model: " : ": begun with other options: ") +
                             setting.name + ": expected " + expected + ", found " + found + "; use " +
                             (is_model ? "that model" : "those") + remedy_);
  }
}

// Leaves the checkpoints that the output reaches, the last of them in trusted_ and written_.
void ResumedOutput::CheckOutput() {
  const auto beyond = std::find_if(state_.checkpoints.begin(), state_.checkpoints.end(),
                                   [this](const Checkpoint& checkpoint) { return checkpoint.bytes > size_; });
  state_.checkpoints.erase(beyond, state_.checkpoints.end());
  std::size_t at = 0;
  for (const Checkpoint& checkpoint : state_.checkpoints) {
    while (at < checkpoint.bytes) {
      const std::string block = Held(at, std::min(kReadSize, checkpoint.bytes - at));
      output_digest_.Add(block);
      at += block.size();
    }
    if (output_digest_.Hex() != checkpoint.output) {
      throw std::runtime_error(path_ + ": " + AreOthers(trusted_.answers + 1, checkpoint.answers) +
                               " that were written; restore it" + remedy_);
    }
    trusted_ = checkpoint;
  }
  written_ = trusted_;
}

bool ResumedOutput::IsAnswered(std::string_view line) {
  input_digest_.Add(line);
  input_digest_.Add("\n");
  ++lines_;
  if (lines_ > trusted_.lines) return false;
  const Checkpoint& next = state_.checkpoints[passed_];
  if (lines_ < next.lines) return true;
  if (input_digest_.Hex() != next.input) {
    const std::size_t first = passed_ == 0 ? 1 : state_.checkpoints[passed_ - 1].lines + 1;
    throw std::runtime_error(input_ + ": " + AreOthers(first, next.lines) + " that " + path_ +
                             " has the answers to; restore the input" + remedy_);
  }
  ++passed_;
  return true;
}

Checkpoint ResumedOutput::Here(std::size_t failed, std::size_t answers) const {
  return {lines_, failed, answers, 0, input_digest_.Hex(), {}};
}

void ResumedOutput::Write(std::string_view answers, const Checkpoint& end) {
  if (end.lines <= trusted_.lines) return;
  CompareWithHeld(answers);
  const std::size_t begin = written_.bytes;
  const std::size_t held = std::min(std::max(size_, begin) - begin, answers.size());
  common::WriteLines(answers.substr(held), file_.fd(), path_);
  output_digest_.Add(answers);
  written_ = end;
  written_.bytes = begin + answers.size();
  const auto now = std::chrono::steady_clock::now();
  if (now - saved_at_ >= CheckpointInterval(now - begin_)) Save();
}

void ResumedOutput::Finish() {
  if (lines_ < trusted_.lines) {
    throw std::runtime_error(input_ + ": holds " + std::to_string(lines_) + " lines, fewer than the " +
                             std::to_string(trusted_.lines) + " that " + path_ +
                             " has the answers to; restore the input" + remedy_);
  }
  if (written_.bytes < size_) {
    std::size_t lines = written_.answers;
    bool is_whole = true;
    for (std::size_t at = written_.bytes; at < size_;) {
      const std::string block = Held(at, std::min(kReadSize, size_ - at));
      lines += LinesIn(block);
      is_whole = block.ends_with('\n');
      at += block.size();
    }
    throw std::runtime_error(path_ + ": holds " + std::to_string(lines + (is_whole ? 0 : 1)) +
                             " lines, more than the " + std::to_string(written_.answers) + " answers to the input");
  }
  const std::size_t saved = state_.checkpoints.empty() ? 0 : state_.checkpoints.back().lines;
  if (written_.lines > saved) Save();
}

// A part of what an earlier run left.
std::string ResumedOutput::Held(std::size_t begin, std::size_t size) const {
  std::string bytes(size, '\0');
  ssize_t got = 0;
  do {
    got = pread(file_.fd(), bytes.data(), size, static_cast<off_t>(begin));
  } while (got < 0 && errno == EINTR);
  if (got < 0) throw common::SystemError(path_);
  if (got == 0) throw std::runtime_error(path_ + ": became shorter while it was read");
  bytes.resize(static_cast<std::size_t>(got));
  return bytes;
}

// Compares the next answers with as many bytes as the file holds of them.
void ResumedOutput::CompareWithHeld(std::string_view answers) const {
  for (std::size_t at = 0; at < answers.size() && written_.bytes + at < size_;) {
    const std::string held = Held(written_.bytes + at, std::min(size_ - written_.bytes - at, answers.size() - at));
    const auto differ = std::mismatch(held.begin(), held.end(), answers.begin() + static_cast<std::ptrdiff_t>(at));
    if (differ.first == held.end()) {
      at += held.size();
      continue;
    }
    at += static_cast<std::size_t>(differ.first - held.begin());
    const std::size_t line = answers.substr(0, at).rfind('\n') + 1;  // npos + 1 is 0
    const std::string found = Held(written_.bytes + line, std::min(size_ - written_.bytes - line, kQuoted + 1));
    throw std::runtime_error(path_ + ": line " + std::to_string(written_.answers + LinesIn(answers.substr(0, at)) + 1) +
                             " is not what this command answers: expected " + Quoted(answers, line) + ", found " +
                             Quoted(found, 0));
  }
}

// The output reaches the disk before the state that describes it.
void ResumedOutput::Save() {
  if (fdatasync(file_.fd()) != 0) throw common::SystemError(path_);
  written_.output = output_digest_.Hex();
  state_.checkpoints.push_back(written_);
  if (is_saved_) {
    state_file_.Append(written_);
  } else {
    state_file_.Replace(state_);
  }
  is_saved_ = true;
  saved_at_ = std::chrono::steady_clock::now();
}

}  // namespace cli
