// The file OUTPUT.resume beside the output of --resume: what the answers are made from, and how far they have come.
#include "resume_state.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "common/file.h"
#include "common/line_reader.h"
#include "common/output.h"
#include "common/text.h"
#include "common/whole_file.h"
#include "digest.h"

namespace cli {
namespace {

constexpr std::string_view kFirstLine = "valence --resume, format 1";
constexpr std::string_view kSetting = "setting";
constexpr std::string_view kCheckpoint = "checkpoint";
constexpr std::size_t kSealSize = 16;
constexpr std::size_t kLongestLine = 64 << 10;

std::string Seal(std::string_view line) {
  Digest digest;
  digest.Add(line);
  return digest.Hex().substr(0, kSealSize);
}

std::string Sealed(const std::string& line) { return line + '\t' + Seal(line) + '\n'; }

// The line without its seal; nothing if it is damaged.
std::optional<std::string_view> Opened(std::string_view line) {
  const std::size_t end = line.rfind('\t');
  if (end == std::string_view::npos || line.substr(end + 1) != Seal(line.substr(0, end))) return std::nullopt;
  return line.substr(0, end);
}

std::string ToLine(const Setting& setting) {
  return Sealed(std::string(kSetting) + '\t' + common::OneLine(setting.name) + '\t' + common::OneLine(setting.value));
}

std::string ToLine(const Checkpoint& checkpoint) {
  std::string line(kCheckpoint);
  for (const std::size_t number : {checkpoint.lines, checkpoint.failed, checkpoint.answers, checkpoint.bytes}) {
    line += '\t' + std::to_string(number);
  }
  return Sealed(line + '\t' + checkpoint.input + '\t' + checkpoint.output);
}

std::optional<Checkpoint> ToCheckpoint(const std::vector<std::string_view>& fields) {
  if (fields.size() != 7 || fields[0] != kCheckpoint) return std::nullopt;
  Checkpoint checkpoint;
  std::size_t field = 1;
  for (std::size_t* number : {&checkpoint.lines, &checkpoint.failed, &checkpoint.answers, &checkpoint.bytes}) {
    const std::string_view digits = fields[field++];
    if (std::from_chars(digits.begin(), digits.end(), *number).ptr != digits.end()) return std::nullopt;
  }
  checkpoint.input = fields[5];
  checkpoint.output = fields[6];
  return checkpoint;
}

}  // namespace

std::optional<ResumeState> ResumeStateFile::Read() const {
  struct stat found {};
  if (stat(path_.c_str(), &found) != 0 && errno == ENOENT) return std::nullopt;
  const common::File file(path_, O_RDONLY);
  common::LineOptions options;
  options.longest = kLongestLine;
  common::LineReader reader(file.fd(), path_, options);
  const auto fail = [this](std::size_t line) {
    throw std::runtime_error(path_ + ": line " + std::to_string(line) +
                             ": expected what valence --resume wrote, found something else; without this file the "
                             "answers are computed again and compared with those that are there");
  };
  ResumeState state;
  std::size_t number = 1;
  try {
    for (auto line = reader.NextWithEnd(); line; line = reader.NextWithEnd(), ++number) {
      const bool is_whole = line->ends_with('\n');
      if (is_whole) line->pop_back();
      const auto opened = Opened(*line);
      const auto fields = common::Split(opened.value_or(std::string_view()), '\t');
      const auto checkpoint = ToCheckpoint(fields);
      const bool is_setting = state.checkpoints.empty() && fields.size() == 3 && fields[0] == kSetting;
      if (number == 1) {
        if (opened != kFirstLine) fail(number);
      } else if (checkpoint) {
        state.checkpoints.push_back(*checkpoint);
      } else if (is_setting) {
        state.settings.push_back({std::string(fields[1]), std::string(fields[2])});
      } else if (is_whole && state.checkpoints.empty()) {
        fail(number);
      } else {
        break;
      }
    }
  } catch (const common::LineTooLong&) {
    if (state.checkpoints.empty()) fail(number);
  }
  if (state.settings.empty()) fail(number);
  return state;
}

void ResumeStateFile::Replace(const ResumeState& state) const {
  std::string content = Sealed(std::string(kFirstLine));
  for (const Setting& setting : state.settings) content += ToLine(setting);
  for (const Checkpoint& checkpoint : state.checkpoints) content += ToLine(checkpoint);
  common::WholeFile(path_).Write(content);
}

void ResumeStateFile::Append(const Checkpoint& checkpoint) const {
  const common::File file(path_, O_WRONLY | O_APPEND);
  common::WriteLines(ToLine(checkpoint), file.fd(), path_);
}

}  // namespace cli
