// From the input to the output: reads, classifies and writes.
#include "answer_all.h"

#include <unistd.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "answers.h"
#include "common/output.h"
#include "common/overlap.h"
#include "common/progress.h"
#include "resume.h"
#include "settings.h"
#include "source.h"
#include "valence/valence.h"

namespace cli {
namespace {

// The lines of one window on their way to their answers.
struct Lines {
  std::vector<Request> requests;  // without the texts that are being classified
  std::size_t answers = 0;        // to the input up to its end, blank lines not counted
  Checkpoint end;                 // of its last line; with --resume
};

class Job {
 public:
  explicit Job(const Arguments& arguments) : arguments_(arguments), source_(arguments) {
    if (arguments.resume) output_.emplace(arguments, source_.name());
  }

  common::ExitCode Run() {
    if (arguments_.tokenize) {
      Tokenize(arguments_.model.LoadTokenizer());
    } else {
      Classify(arguments_.model.LoadClassifier());
    }
    if (output_) output_->Finish();
    const common::ExitCode encoding = source_.Finish();
    if (failed_ == 0) return encoding;
    common::PrintError(kProgram,
                       std::to_string(failed_) + " of " + std::to_string(lines_) + " lines could not be read");
    return common::kFailed;
  }

 private:
  void Tokenize(const valence::Tokenizer& tokenizer) {
    if (output_) Begin(SettingsOf(arguments_, tokenizer));
    const int limit = arguments_.model.options.max_tokens;
    const std::size_t max_tokens = limit > 0 ? static_cast<std::size_t>(limit) : tokenizer.model_max_length();
    while (auto window = NextWindow()) {
      std::string out;
      for (Request& request : window->requests) {
        if (request.error.empty()) {
          AppendTokens(std::move(request), tokenizer, max_tokens, arguments_.model.options.preparation, out);
        } else {
          AppendError(request, out);
        }
      }
      Write(out, *window);
    }
  }

  void Classify(const valence::Classifier& classifier) {
    if (output_) Begin(SettingsOf(arguments_, classifier));
    common::Overlap(
        classifier, [this] { return NextBatch(); }, [this] { return source_.Ready(); },
        [&](common::Batch<Lines> batch, const std::vector<valence::Prediction>& predictions) {
          Write(Answers(batch, predictions, classifier), batch.inputs);
        });
  }

  void Begin(std::vector<Setting> settings) {
    output_->Begin(std::move(settings));
    failed_ = output_->trusted().failed;
    answers_ = output_->trusted().answers;
  }

  // The next lines that have no answer yet; nothing at the end.
  std::optional<Lines> NextWindow() {
    auto lines = source_.NextWindow();
    if (lines.empty()) return std::nullopt;
    Lines window;
    for (std::string& line : lines) {
      ++lines_;
      if (output_ && output_->IsAnswered(line)) continue;
      auto request = ParseLine(std::move(line), lines_, arguments_);
      if (!request) continue;
      if (!request->error.empty()) ++failed_;
      ++answers_;
      window.requests.push_back(std::move(*request));
    }
    window.answers = answers_;
    if (output_) window.end = output_->Here(failed_, answers_);
    return window;
  }

  std::optional<common::Batch<Lines>> NextBatch() {
    auto window = NextWindow();
    if (!window) return std::nullopt;
    common::Batch<Lines> batch;
    for (Request& request : window->requests) {
      if (request.error.empty()) batch.texts.push_back(std::move(request.text));
    }
    batch.inputs = std::move(*window);
    return batch;
  }

  // The output lines of one window, in input order.
  std::string Answers(common::Batch<Lines>& batch, const std::vector<valence::Prediction>& predictions,
                      const valence::Classifier& classifier) const {
    std::string out;
    std::size_t text = 0;
    for (Request& request : batch.inputs.requests) {
      if (!request.error.empty()) {
        AppendError(request, out);
        continue;
      }
      request.text = std::move(batch.texts[text]);
      const valence::Prediction& prediction = predictions[text++];
      if (arguments_.WritesJson()) {
        AppendJson(std::move(request), prediction, classifier, arguments_, out);
      } else {
        AppendPlain(request, prediction, out);
      }
    }
    return out;
  }

  void Write(const std::string& answers, const Lines& window) {
    if (output_) {
      output_->Write(answers, window.end);
    } else {
      common::WriteLines(answers);
    }
    progress_.Show(window.answers - (output_ ? output_->trusted().answers : 0));
  }

  const Arguments& arguments_;
  Source source_;
  std::optional<ResumedOutput> output_;
  // No progress where the answers themselves go to the terminal.
  common::Progress progress_{isatty(STDERR_FILENO) != 0 && (arguments_.resume || isatty(STDOUT_FILENO) == 0)};
  std::size_t lines_ = 0;    // read
  std::size_t answers_ = 0;  // to these; blank lines of JSON lines have none
  std::size_t failed_ = 0;   // of the lines
};

}  // namespace

common::ExitCode AnswerAll(const Arguments& arguments) { return Job(arguments).Run(); }

}  // namespace cli
