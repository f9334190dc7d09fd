// valence, the command line tool: texts in, labels out. --help (arguments.cpp) describes it.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "answers.h"
#include "arguments.h"
#include "common/output.h"
#include "common/program.h"
#include "common/progress.h"
#include "common/text.h"
#include "resume.h"
#include "source.h"
#include "valence/valence.h"

namespace cli {
namespace {

using common::ExitCode;

// The texts of the requests that have one, in order.
std::vector<std::string_view> Texts(const std::vector<Request>& requests) {
  std::vector<std::string_view> texts;
  for (const Request& request : requests) {
    if (request.error.empty()) texts.push_back(request.text);
  }
  return texts;
}

// The output lines of one window, in input order.
std::string Answer(std::vector<Request>& requests, const valence::Classifier& classifier, const Arguments& arguments) {
  const auto predictions = classifier.classify(Texts(requests));
  auto prediction = predictions.begin();
  std::string out;
  for (Request& request : requests) {
    if (!request.error.empty()) {
      AppendError(request, out);
    } else if (arguments.WritesJson()) {
      AppendJson(std::move(request), *prediction++, classifier, arguments, out);
    } else {
      AppendPlain(request, *prediction++, out);
    }
  }
  return out;
}

std::string Tokenized(std::vector<Request>& requests, const valence::Tokenizer& tokenizer, const Arguments& arguments) {
  const int limit = arguments.model.options.max_tokens;
  const std::size_t max_tokens = limit > 0 ? static_cast<std::size_t>(limit) : tokenizer.model_max_length();
  std::string out;
  for (Request& request : requests) {
    if (request.error.empty()) {
      AppendTokens(std::move(request), tokenizer, max_tokens, arguments.model.options.preparation, out);
    } else {
      AppendError(request, out);
    }
  }
  return out;
}

// Reads, answers and writes window by window, so that memory does not grow with the input.
ExitCode AnswerAll(const Arguments& arguments) {
  Source source(arguments);
  std::optional<EarlierOutput> earlier;
  if (arguments.resume) earlier.emplace(arguments);
  const std::size_t trusted = earlier ? earlier->trusted_lines() : 0;
  std::optional<valence::Classifier> classifier;
  std::optional<valence::Tokenizer> tokenizer;
  if (arguments.tokenize) {
    tokenizer.emplace(arguments.model.LoadTokenizer());
  } else {
    classifier.emplace(arguments.model.LoadClassifier());
  }

  // No progress where the answers themselves go to the terminal.
  common::Progress progress(isatty(STDERR_FILENO) != 0 && (arguments.resume || isatty(STDOUT_FILENO) == 0));
  std::size_t lines = 0;
  std::size_t answered = 0;  // blank lines are not
  std::size_t failed = 0;
  for (auto window = source.NextWindow(); !window.empty(); window = source.NextWindow()) {
    std::vector<Request> requests;
    for (std::string& line : window) {
      auto request = ParseLine(std::move(line), ++lines, arguments);
      if (!request) continue;
      if (!request->error.empty()) ++failed;
      if (++answered > trusted) requests.push_back(std::move(*request));
    }
    const std::string answers =
        tokenizer ? Tokenized(requests, *tokenizer, arguments) : Answer(requests, *classifier, arguments);
    if (earlier) {
      common::WriteLines(earlier->NotYetHeld(answers), earlier->fd(), *arguments.resume);
    } else {
      common::WriteLines(answers);
    }
    progress.Show(answered - std::min(answered, trusted));
  }
  if (earlier) earlier->ExpectNoMore(answered);
  const ExitCode encoding = source.Finish();
  if (failed == 0) return encoding;
  common::PrintError(kProgram, std::to_string(failed) + " of " + std::to_string(lines) + " lines could not be read");
  return common::kFailed;
}

ExitCode PrintInfo(const Arguments& arguments) {
  const valence::CpuInfo cpu = valence::cpu_info();
  std::ostringstream out;
  out << "valence     " << VALENCE_VERSION << '\n'
      << "cpu         " << cpu.brand << '\n'
      << "features    " << common::Joined(cpu.features, " ") << '\n'
      << "matmuls     " << cpu.matmul << '\n'
      << "oneDNN      " << cpu.isa << '\n'
      << "kernels     " << cpu.kernel_target << '\n';
  common::WriteLines(out.str());
  const auto classifier = arguments.model.LoadClassifier();
  out.str("");
  out << "precision   " << valence::to_string(classifier.precision()) << '\n'
      << "threads     " << classifier.threads() << '\n'
      << "model       " << common::OneLine(classifier.model_folder().string()) << '\n'
      << "class       " << common::OneLine(classifier.model_class()) << '\n'
      << "scores      " << valence::to_string(classifier.problem_type()) << '\n'
      << "labels      " << common::OneLine(common::Joined(classifier.labels(), " ")) << '\n'
      << "max tokens  " << classifier.max_tokens() << '\n'
      << "long texts  " << valence::to_string(classifier.long_text());
  if (classifier.long_text() == valence::LongText::kMeanOfWindows) out << ", stride " << classifier.stride();
  out << "\ntaken out   " << common::ToString(classifier.preparation()) << '\n';
  common::WriteLines(out.str());
  return common::kAllAnswered;
}

ExitCode Run(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  return arguments->info ? PrintInfo(*arguments) : AnswerAll(*arguments);
}

}  // namespace
}  // namespace cli

int main(int argc, char** argv) {
  return common::RunProgram(cli::kProgram, [&] { return cli::Run(argc, argv); });
}
