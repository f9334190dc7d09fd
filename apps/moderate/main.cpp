// Moderation filter: each comment is kept, flagged, or left to a human where the model is not sure.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <array>
#include <cerrno>
#include <charconv>
#include <exception>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>

#include "common/json_line.h"
#include "common/line_reader.h"
#include "common/output.h"
#include "common/program.h"
#include "common/window.h"
#include "statistics/share.h"
#include "table/values.h"

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kProgram = "valence-moderate";
constexpr const char* kFooter = R"(With p the model's probability of --label, a line is
  flagged   where p >= threshold + band,
  kept      where p <  threshold - band and the model read all of the text,
  unsure    else: between the two, blank, with a part that was not read, or no JSON object with a text.
Each line lands in exactly one of the three. Without the FILE options all go to standard output, in the order of the
input, as DECISION<TAB>p<TAB>line, or as the JSON object with "decision" and "probability" added; a line that is none
as {"raw": LINE, "error": .., "decision": "unsure", "probability": null}. With a FILE option lines go out as they came:
those of its decision are added to the end of FILE, the others go to standard output.

Environment: VALENCE_MODEL, the model folder used without --model.
Exit code: 0 all lines judged, 1 a model, a file or some lines failed (these are unsure), 2 wrong usage.)";

enum Decision : std::size_t { kKept, kFlagged, kUnsure };
constexpr std::array<const char*, 3> kNames = {"kept", "flagged", "unsure"};

struct Arguments {
  cli::ModelOptions model;
  std::array<std::string, 3> files;  // by decision; empty: standard output
  bool jsonl = false;
  std::string text_key = "text";
  std::string label = "NEGATIVE";
  double threshold = 0.5;
  double band = 0.3;

  bool Splits() const { return files != std::array<std::string, 3>{}; }
};

// A line on its way to its decision.
struct Comment {
  std::string line;   // without its line end
  std::string end;    // its line end
  std::string text;   // what is judged
  Json object;        // of a JSON line
  std::string error;  // why there is no text in it
  Decision decision = kUnsure;
  std::optional<float> probability;
};

// The file of a decision, or standard output.
class Destination {
 public:
  explicit Destination(const std::string& path) : name_(path.empty() ? "standard output" : path) {
    if (path.empty()) return;
    fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd_ < 0) throw std::runtime_error(path + ": " + std::generic_category().message(errno));
    struct stat input {};
    struct stat output {};
    const bool is_known = fstat(STDIN_FILENO, &input) == 0 && fstat(fd_, &output) == 0;
    if (is_known && S_ISREG(input.st_mode) && input.st_dev == output.st_dev && input.st_ino == output.st_ino) {
      close(fd_);
      throw cli::UsageError(path + ": expected another file than the one that is read");
    }
  }
  ~Destination() {
    if (fd_ != STDOUT_FILENO) close(fd_);
  }
  Destination(const Destination&) = delete;
  Destination& operator=(const Destination&) = delete;

  void Write(std::string_view lines) const { cli::WriteLines(lines, fd_, name_); }

 private:
  std::string name_;
  int fd_ = STDOUT_FILENO;
};

Comment ParseComment(std::string line, const Arguments& arguments) {
  Comment comment;
  const std::size_t end_size = line.ends_with("\r\n") ? 2 : line.ends_with('\n') ? 1 : 0;
  comment.end = end_size == 0 ? "\n" : line.substr(line.size() - end_size);
  line.resize(line.size() - end_size);
  comment.line = std::move(line);
  if (!arguments.jsonl || uses::IsBlank(comment.line)) {
    comment.text = comment.line;
    return comment;
  }
  try {
    comment.object = cli::ParseJsonObject(comment.line);
    const auto text = comment.object.find(arguments.text_key);
    if (text == comment.object.end()) throw std::invalid_argument("the object has no \"" + arguments.text_key + "\"");
    if (!text->is_string()) {
      throw std::invalid_argument("expected a string as \"" + arguments.text_key + "\", found " + text->type_name());
    }
    comment.text = text->get_ref<const std::string&>();
  } catch (const std::invalid_argument& error) {
    comment.error = error.what();
  }
  return comment;
}

Decision Decide(const Comment& comment, const valence::Prediction& prediction, const Arguments& arguments) {
  const double p = *comment.probability;
  if (p >= arguments.threshold + arguments.band) return kFlagged;
  return p < arguments.threshold - arguments.band && !prediction.truncated ? kKept : kUnsure;
}

// The decision of each comment; those without a text stay unsure.
void Judge(std::vector<Comment>& comments, const valence::Classifier& classifier, std::size_t label,
           const Arguments& arguments) {
  std::vector<std::string_view> texts;
  for (const Comment& comment : comments) texts.push_back(comment.text);
  const auto predictions = classifier.classify(texts);
  for (std::size_t i = 0; i < comments.size(); ++i) {
    if (!comments[i].error.empty() || uses::IsBlank(comments[i].text)) continue;
    comments[i].probability = predictions[i].scores[label];
    comments[i].decision = Decide(comments[i], predictions[i], arguments);
  }
}

// The comment with its decision, as an output line.
std::string Labelled(Comment&& comment, bool as_json) {
  std::string probability = "-";
  if (comment.probability) {
    char digits[32];
    probability.assign(
        digits, std::to_chars(digits, digits + sizeof digits, *comment.probability, std::chars_format::fixed, 4).ptr);
  }
  if (!as_json) return kNames[comment.decision] + ('\t' + probability) + '\t' + comment.line + '\n';
  if (!comment.object.is_object()) comment.object = {{"raw", comment.line}};
  if (!comment.error.empty()) comment.object["error"] = comment.error;
  comment.object["decision"] = kNames[comment.decision];
  comment.object["probability"] = comment.probability ? Json::parse(probability, nullptr, false) : Json();
  return comment.object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
}

cli::ExitCode Moderate(const Arguments& arguments) {
  const Destination standard_output("");
  const std::array<Destination, 3> files{Destination(arguments.files[kKept]), Destination(arguments.files[kFlagged]),
                                         Destination(arguments.files[kUnsure])};
  const valence::Classifier classifier = arguments.model.LoadClassifier();
  const std::size_t label = uses::FindLabel(classifier, "--label", arguments.label);
  cli::LineReader reader(STDIN_FILENO, "standard input");
  cli::Window window;
  cli::BadRows bad_rows(kProgram, "standard input");
  std::array<std::size_t, 3> counts{};
  std::size_t lines = 0;
  std::exception_ptr failure;  // of reading; thrown again when the lines before it have been written
  const auto read_line = [&]() -> std::optional<std::string> {
    try {
      return reader.NextWithEnd();
    } catch (const std::runtime_error&) {
      failure = std::current_exception();
      return std::nullopt;
    }
  };
  const auto next = [&]() -> std::optional<Comment> {
    auto line = read_line();
    if (!line) return std::nullopt;
    Comment comment = ParseComment(std::move(*line), arguments);
    ++lines;
    if (!comment.error.empty()) bad_rows.Add(lines, comment.error);
    return comment;
  };
  const auto ready = [&] {
    try {
      return reader.Ready();
    } catch (const std::runtime_error&) {
      return true;  // reading the line fails, too
    }
  };
  for (;;) {
    auto comments = window.Take(next, ready, [](const Comment& comment) { return comment.line.size(); });
    if (comments.empty()) break;
    Judge(comments, classifier, label, arguments);
    std::string to_output;  // in the order of the input
    std::array<std::string, 3> to_files;
    for (Comment& comment : comments) {
      const Decision decision = comment.decision;
      ++counts[decision];
      std::string& out = arguments.files[decision].empty() ? to_output : to_files[decision];
      out += arguments.Splits() ? comment.line + comment.end : Labelled(std::move(comment), arguments.jsonl);
    }
    for (std::size_t i = 0; i < files.size(); ++i) files[i].Write(to_files[i]);
    try {
      standard_output.Write(to_output);
    } catch (const cli::OutputClosed&) {
      if (!arguments.Splits()) throw;
      throw std::runtime_error("standard output: its reader closed it; some of the first " + std::to_string(lines) +
                               " lines may be lost, those behind them are not judged");
    }
  }
  std::string summary = kProgram + (": " + std::to_string(lines)) + " lines:";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    summary += (i == 0 ? " " : ", ") + std::to_string(counts[i]) + ' ' + kNames[i];
  }
  std::cerr << summary + '\n';
  if (failure) std::rethrow_exception(failure);
  return bad_rows.Finish(lines);
}

cli::ExitCode Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Reads comments, one a line, and keeps each, flags it, or leaves it to a human.", kProgram);
  app.footer(kFooter);
  app.add_flag("--jsonl", arguments.jsonl, "Each line is a JSON object");
  app.add_option("--text", arguments.text_key, "JSON: the key of the text")->type_name("KEY")->capture_default_str();
  app.add_option("--label", arguments.label, "The model's label that is flagged")->capture_default_str();
  app.add_option("--threshold", arguments.threshold, "Of the probability, 0 to 1")
      ->type_name("P")
      ->capture_default_str();
  app.add_option("--band", arguments.band, "How far from the threshold it is unsure, 0 to 1")
      ->type_name("W")
      ->capture_default_str();
  app.add_option("--kept", arguments.files[kKept], "Kept lines go there")->type_name("FILE");
  app.add_option("--flagged", arguments.files[kFlagged], "Flagged lines go there")->type_name("FILE");
  app.add_option("--unsure", arguments.files[kUnsure], "Unsure lines go there")->type_name("FILE");
  arguments.model.AddTo(app);
  if (!cli::ParseCommandLine(app, argc, argv)) return cli::kAllAnswered;
  arguments.model.Check();
  cli::CheckRange("--threshold", arguments.threshold, 0, 1);
  cli::CheckRange("--band", arguments.band, 0, 1);
  return Moderate(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cli::RunProgram(kProgram, [&] { return Run(argc, argv); });
}
