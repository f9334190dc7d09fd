// The file OUTPUT.resume beside the output of --resume: what the answers are made from, and how far they have come.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace cli {

// Something that the answers depend on: an option, or a file of the model.
struct Setting {
  std::string name;   // "--precision", "model file vocab.txt"
  std::string value;  // "bf16", the SHA-256 of the file
};

// A position between two lines of the input, and the one between two lines of the output that belongs to it.
struct Checkpoint {
  std::size_t lines = 0;    // of the input
  std::size_t failed = 0;   // of them could not be read
  std::size_t answers = 0;  // lines of the output
  std::size_t bytes = 0;    // of the output
  std::string input;        // SHA-256 of the lines of the input as UTF-8, each with "\n"
  std::string output;       // SHA-256 of the output
};

struct ResumeState {
  std::vector<Setting> settings;
  std::vector<Checkpoint> checkpoints;  // in their order
};

// The file's lines are text. Each ends with the beginning of its own SHA-256: a damaged one is never taken for a change
// of something else.
class ResumeStateFile {
 public:
  explicit ResumeStateFile(std::string path) : path_(std::move(path)) {}

  const std::string& path() const { return path_; }

  // Nothing if there is no such file. Checkpoints from a damaged one on are left out, as a killed run or a power
  // failure leaves an incomplete line. Throws std::runtime_error naming the file if it is something else, or settings
  // are damaged.
  std::optional<ResumeState> Read() const;

  // Writes the file in one step: a reader finds the old one or this one.
  void Replace(const ResumeState& state) const;

  // Adds a checkpoint at the end. Throws std::runtime_error naming the file.
  void Append(const Checkpoint& checkpoint) const;

 private:
  std::string path_;
};

}  // namespace cli
