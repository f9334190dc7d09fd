// The command line tool: texts in, labels out. What it can do is told by --help, in cli/arguments.cpp.
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
#include "resume.h"
#include "source.h"
#include "valence/valence.h"

namespace {

using cli::Arguments;
using cli::ExitCode;
using cli::kAllAnswered;
using cli::kFailed;
using cli::Request;

// The texts of the requests that have one, in order.
std::vector<std::string_view> Texts(const std::vector<Request>& requests) {
  std::vector<std::string_view> texts;
  for (const Request& request : requests) {
    if (request.error.empty()) texts.push_back(request.text());
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
  cli::Source source(arguments);
  std::optional<cli::EarlierOutput> earlier;
  if (arguments.resume) earlier.emplace(arguments);
  const std::size_t trusted = earlier ? earlier->trusted_lines() : 0;
  std::optional<valence::Classifier> classifier;
  std::optional<valence::Tokenizer> tokenizer;
  if (arguments.tokenize) {
    tokenizer.emplace(arguments.model.LoadTokenizer());
  } else {
    classifier.emplace(arguments.model.LoadClassifier());
  }

  // Where answers go to the same terminal they are progress enough.
  cli::Progress progress(isatty(STDERR_FILENO) != 0 && (arguments.resume || isatty(STDOUT_FILENO) == 0));
  std::size_t lines = 0;
  std::size_t failed = 0;
  for (auto window = source.NextWindow(); !window.empty(); window = source.NextWindow()) {
    std::vector<Request> requests;
    for (std::string& line : window) {
      requests.push_back(cli::ParseLine(std::move(line), ++lines, arguments));
      if (!requests.back().error.empty()) ++failed;
      if (lines <= trusted) requests.pop_back();
    }
    const std::string answers =
        tokenizer ? Tokenized(requests, *tokenizer, arguments) : Answer(requests, *classifier, arguments);
    if (earlier) {
      cli::WriteLines(earlier->NotYetHeld(answers), earlier->fd(), *arguments.resume);
    } else {
      cli::WriteLines(answers);
    }
    progress.Show(lines - std::min(lines, trusted));
  }
  if (earlier) earlier->ExpectNoMore(lines);
  if (failed == 0) return kAllAnswered;
  cli::PrintError("valence", std::to_string(failed) + " of " + std::to_string(lines) + " lines could not be read");
  return kFailed;
}

std::string Joined(const auto& words) {
  std::string joined;
  for (const std::string& word : words) joined += (joined.empty() ? "" : " ") + word;
  return joined;
}

ExitCode PrintInfo(const Arguments& arguments) {
  const valence::CpuInfo cpu = valence::cpu_info();
  std::ostringstream out;
  out << "valence     " << VALENCE_VERSION << '\n'
      << "cpu         " << cpu.brand << '\n'
      << "features    " << Joined(cpu.features) << '\n'
      << "matmuls     " << cpu.matmul << '\n'
      << "oneDNN      " << cpu.isa << '\n'
      << "kernels     " << cpu.kernel_target << '\n';
  cli::WriteLines(out.str());
  const auto classifier = arguments.model.LoadClassifier();
  out.str("");
  out << "precision   " << valence::to_string(classifier.precision()) << '\n'
      << "threads     " << classifier.threads() << '\n'
      << "model       " << classifier.model_folder().string() << '\n'
      << "labels      " << Joined(classifier.labels()) << '\n'
      << "max tokens  " << classifier.max_tokens() << '\n'
      << "long texts  " << valence::to_string(classifier.long_text());
  if (classifier.long_text() == valence::LongText::kMeanOfWindows) out << ", stride " << classifier.stride();
  out << "\ntaken out   " << cli::ToString(classifier.preparation()) << '\n';
  cli::WriteLines(out.str());
  return kAllAnswered;
}

ExitCode Run(int argc, char** argv) {
  const Arguments arguments = cli::ParseArguments(argc, argv);
  if (arguments.help) {
    cli::WriteLines(arguments.help_text);
    return kAllAnswered;
  }
  if (arguments.version) {
    cli::WriteLines("valence " VALENCE_VERSION "\n");
    return kAllAnswered;
  }
  return arguments.info ? PrintInfo(arguments) : AnswerAll(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cli::RunProgram("valence", [&] { return Run(argc, argv); });
}
