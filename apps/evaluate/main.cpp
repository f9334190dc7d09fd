// valence-evaluate: measures how well a model labels texts whose labels are known. --help (arguments.cpp) describes it.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "arguments.h"
#include "bias.h"
#include "common/file.h"
#include "common/output.h"
#include "common/program.h"
#include "common/progress.h"
#include "evaluation.h"
#include "page.h"
#include "report.h"
#include "rows.h"
#include "valence/valence.h"

namespace evaluate {
namespace {

void WriteFile(const std::string& path, const std::string& content) {
  if (path == "-") return common::WriteLines(content);
  std::ofstream file(path, std::ios::binary);
  file << content << std::flush;
  if (!file) throw common::SystemError(path);
}

// The text is printed to standard output unless JSON or HTML is.
void WriteReports(const Arguments& arguments, const Report& report, const nlohmann::ordered_json& json,
                  const Charts& charts) {
  constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;  // bytes that are no UTF-8
  if (arguments.json) WriteFile(*arguments.json, json.dump(2, ' ', false, kReplace) + '\n');
  if (arguments.html) WriteFile(*arguments.html, WritePage(report, charts));
  if (arguments.json != "-" && arguments.html != "-") common::WriteLines(WriteText(report));
}

Origin MakeOrigin(const std::string& input, const valence::Classifier& classifier, const Arguments& arguments) {
  return {input, classifier.model_folder().string(), valence::to_string(classifier.precision()),
          "long ones: " + arguments.model.text.long_text +
              "; prepared: " + common::ToString(arguments.model.options.preparation)};
}

// Scores that do not add up to 1 come from a model whose labels do not exclude each other.
void CheckScores(const valence::Prediction& prediction) {
  double sum = 0;
  for (const float score : prediction.scores) sum += static_cast<double>(score);
  if (std::abs(sum - 1) > 0.01) {
    throw std::runtime_error("expected a model that gives each text one label, found one that judges each label alone");
  }
}

common::ExitCode JudgeRows(const Arguments& arguments) {
  common::IllFormedLines ill_formed(kProgram, table::InputName(arguments.input), arguments.encoding.strict);
  table::ReaderOptions options = arguments.reader;
  options.lines = arguments.encoding.Lines(ill_formed);
  table::Reader reader(arguments.input, arguments.format, options);
  const auto classifier = arguments.model.LoadForProbabilities();
  const LabelMap labels(arguments.labels, classifier.labels());
  Rows rows(reader, labels, arguments.columns);
  Evaluation evaluation(classifier.labels(), arguments.settings);
  common::Progress progress(isatty(STDERR_FILENO) != 0);

  std::size_t first_line = 0;
  for (auto window = rows.NextWindow(); !window.empty(); window = rows.NextWindow()) {
    if (first_line == 0) first_line = window.front().line;
    std::vector<std::string_view> texts;
    for (const Row& row : window) texts.push_back(row.text);
    const auto predictions = classifier.classify(texts);
    for (std::size_t i = 0; i < window.size(); ++i) {
      CheckScores(predictions[i]);
      evaluation.Add(window[i], predictions[i]);
    }
    progress.Show(evaluation.rows());
  }
  if (evaluation.rows() == 0) {
    throw std::runtime_error(reader.name() + ": no row to judge: " + std::to_string(rows.left_out()) + " of " +
                             std::to_string(rows.records()) + " were left out");
  }
  const auto only = evaluation.OnlyLabel();
  if (only) {
    common::PrintNote(kProgram, reader.name() + ":" + std::to_string(first_line) +
                                    ": expected rows of several labels, found " + classifier.labels()[*only] +
                                    " here and in all that follow");
  }

  const auto origin = MakeOrigin(reader.name(), classifier, arguments);
  WriteReports(arguments, MakeReport(evaluation, rows, origin), MakeJson(evaluation, rows, origin),
               MakeCharts(evaluation));
  const bool is_complete = std::max(rows.Finish(), ill_formed.Finish()) == common::kAllAnswered && !only;
  return arguments.encoding.strict && !is_complete ? common::kFailed : common::kAllAnswered;
}

// The label whose probability the bias probe compares.
std::size_t PositiveLabel(std::span<const std::string> labels, const std::optional<std::string>& given) {
  if (given) return common::FindLabel(labels, "--positive", *given);
  const auto found = std::find(labels.begin(), labels.end(), "POSITIVE");
  return found != labels.end() ? static_cast<std::size_t>(found - labels.begin()) : labels.size() - 1;
}

common::ExitCode ProbeBias(const Arguments& arguments) {
  const auto classifier = arguments.model.LoadForProbabilities();
  const std::size_t label = PositiveLabel(classifier.labels(), arguments.positive);
  const auto results = RunProbes(classifier, label);
  const auto origin = MakeOrigin("", classifier, arguments);
  WriteReports(arguments, MakeBiasReport(results, origin, classifier.labels()[label]),
               MakeBiasJson(results, origin, classifier.labels()[label]), {});
  return common::kAllAnswered;
}

common::ExitCode Run(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  if (arguments->bias_texts) {
    common::WriteLines(ListTexts());
    return common::kAllAnswered;
  }
  return arguments->bias_probe ? ProbeBias(*arguments) : JudgeRows(*arguments);
}

}  // namespace
}  // namespace evaluate

int main(int argc, char** argv) {
  return common::RunProgram(evaluate::kProgram, [&] { return evaluate::Run(argc, argv); });
}
