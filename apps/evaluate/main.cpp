// valence-evaluate: judges a model on labelled texts. What it can do is told by --help, in evaluate/arguments.cpp.
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <fstream>
#include <iostream>
#include <system_error>

#include "arguments.h"
#include "bias.h"
#include "common/output.h"
#include "common/program.h"
#include "common/progress.h"
#include "evaluation.h"
#include "page.h"
#include "report.h"
#include "rows.h"
#include "valence/valence.h"

namespace {

using evaluate::Arguments;

void WriteFile(const std::string& path, const std::string& content) {
  if (path == "-") return cli::WriteLines(content);
  std::ofstream file(path, std::ios::binary);
  file << content << std::flush;
  if (!file) throw std::runtime_error(path + ": " + std::generic_category().message(errno));
}

// The text goes to standard output unless something else was sent there.
void WriteReports(const Arguments& arguments, const evaluate::Report& report, const nlohmann::ordered_json& json,
                  const evaluate::Charts& charts) {
  constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;  // bytes that are no UTF-8
  if (arguments.json) WriteFile(*arguments.json, json.dump(2, ' ', false, kReplace) + '\n');
  if (arguments.html) WriteFile(*arguments.html, evaluate::WritePage(report, charts));
  if (arguments.json != "-" && arguments.html != "-") cli::WriteLines(evaluate::WriteText(report));
}

evaluate::Origin MakeOrigin(const std::string& input, const valence::Classifier& classifier,
                            const Arguments& arguments) {
  return {input, classifier.model_folder().string(), valence::to_string(classifier.precision()),
          "long ones: " + arguments.model.text.long_text +
              "; prepared: " + cli::ToString(arguments.model.options.preparation)};
}

// Scores that do not add up to 1 come from labels that do not exclude each other.
void CheckScores(const valence::Prediction& prediction) {
  double sum = 0;
  for (const float score : prediction.scores) sum += static_cast<double>(score);
  if (std::abs(sum - 1) > 0.01) {
    throw std::runtime_error("expected a model that gives each text one label, found one that judges each label alone");
  }
}

cli::ExitCode JudgeRows(const Arguments& arguments) {
  table::Reader reader(arguments.input, arguments.format, arguments.reader);
  const auto classifier = arguments.model.LoadClassifier();
  const evaluate::LabelMap labels(arguments.labels, classifier.labels());
  evaluate::Rows rows(reader, labels, arguments.columns);
  evaluate::Evaluation evaluation(classifier.labels(), arguments.settings);
  cli::Progress progress(isatty(STDERR_FILENO) != 0);

  std::size_t first_line = 0;
  for (auto window = rows.NextWindow(); !window.empty(); window = rows.NextWindow()) {
    if (first_line == 0) first_line = window.front().line;
    std::vector<std::string_view> texts;
    for (const evaluate::Row& row : window) texts.push_back(row.text);
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
    std::cerr << "valence-evaluate: " + reader.name() + ":" + std::to_string(first_line) +
                     ": expected rows of several labels, found " + classifier.labels()[*only] +
                     " here and in all that follow\n";
  }

  const auto origin = MakeOrigin(reader.name(), classifier, arguments);
  WriteReports(arguments, MakeReport(evaluation, rows, origin), MakeJson(evaluation, rows, origin),
               MakeCharts(evaluation));
  const bool is_complete = rows.Finish() == cli::kAllAnswered && !only;
  return arguments.strict && !is_complete ? cli::kFailed : cli::kAllAnswered;
}

cli::ExitCode ProbeBias(const Arguments& arguments) {
  const auto classifier = arguments.model.LoadClassifier();
  const auto labels = classifier.labels();
  const std::string positive = arguments.positive.value_or("POSITIVE");
  auto found = std::find(labels.begin(), labels.end(), positive);
  if (found == labels.end() && arguments.positive) {
    throw cli::UsageError("--positive: expected a label of the model, found " + positive);
  }
  if (found == labels.end()) --found;
  const auto results = evaluate::RunProbes(classifier, static_cast<std::size_t>(found - labels.begin()));
  const auto origin = MakeOrigin("", classifier, arguments);
  WriteReports(arguments, MakeBiasReport(results, origin, *found), MakeBiasJson(results, origin, *found), {});
  return cli::kAllAnswered;
}

cli::ExitCode Run(int argc, char** argv) {
  const auto arguments = evaluate::ParseArguments(argc, argv);
  if (!arguments) return cli::kAllAnswered;
  if (!arguments->bias_texts) return arguments->bias_probe ? ProbeBias(*arguments) : JudgeRows(*arguments);
  cli::WriteLines(evaluate::ListTexts());
  return cli::kAllAnswered;
}

}  // namespace

int main(int argc, char** argv) {
  return cli::RunProgram("valence-evaluate", [&] { return Run(argc, argv); });
}
