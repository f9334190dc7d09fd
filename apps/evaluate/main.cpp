// valence-evaluate: measures how well a model labels texts whose labels are known. --help (arguments.cpp) describes it.
#include <unistd.h>

#include <algorithm>

#include "arguments.h"
#include "bias.h"
#include "common/output.h"
#include "common/overlap.h"
#include "common/program.h"
#include "common/progress.h"
#include "common/text.h"
#include "common/whole_file.h"
#include "comparison.h"
#include "evaluation.h"
#include "page.h"
#include "report.h"
#include "rows.h"
#include "valence/valence.h"

namespace evaluate {
namespace {

// Where the reports go. The files are opened before the rows are judged, which may take hours.
class Outputs {
 public:
  explicit Outputs(const Arguments& arguments) {
    if (arguments.json) json_.emplace(*arguments.json);
    if (arguments.html) html_.emplace(*arguments.html);
    prints_text_ = arguments.json != "-" && arguments.html != "-";
  }

  // The text is printed to standard output unless JSON or HTML is.
  void Write(Report report, const nlohmann::ordered_json& json, const Charts& charts) {
    constexpr auto kReplace = nlohmann::ordered_json::error_handler_t::replace;  // bytes that are no UTF-8
    if (json_) json_->Write(common::EscapedControls(json.dump(2, ' ', false, kReplace)) + '\n');
    RemoveControls(report);
    if (html_) html_->Write(WritePage(report, charts));
    if (prints_text_) common::WriteLines(WriteText(report));
  }

 private:
  std::optional<common::WholeFile> json_;
  std::optional<common::WholeFile> html_;
  bool prints_text_ = true;
};

// The file with the texts.
struct Input {
  explicit Input(const Arguments& arguments)
      : ill_formed(kProgram, table::InputName(arguments.input), arguments.encoding.strict),
        reader(arguments.input, arguments.format, Options(arguments)) {}

  common::IllFormedLines ill_formed;
  table::Reader reader;

 private:
  table::ReaderOptions Options(const Arguments& arguments) {
    table::ReaderOptions options = arguments.reader;
    options.lines = arguments.encoding.Lines(ill_formed);
    return options;
  }
};

Origin MakeOrigin(const std::string& input, const valence::Classifier& classifier, const Arguments& arguments) {
  return {input, classifier.model_folder().string(), valence::to_string(classifier.precision()),
          "long ones: " + arguments.model.text.long_text +
              "; prepared: " + common::ToString(arguments.model.options.preparation)};
}

common::ExitCode JudgeRows(const Arguments& arguments) {
  Input input(arguments);
  Outputs outputs(arguments);
  const auto classifier = arguments.model.LoadForProbabilities();
  const LabelMap labels(arguments.labels, classifier.labels());
  Rows rows(input.reader, labels, arguments.columns);
  Evaluation evaluation(classifier.labels(), arguments.settings);
  common::Progress progress(isatty(STDERR_FILENO) != 0);

  std::size_t first_line = 0;
  common::Overlap(
      classifier, [&] { return rows.NextBatch(); }, [&] { return rows.Ready(); },
      [&](RowBatch batch, const std::vector<valence::Prediction>& predictions) {
        for (std::size_t i = 0; i < predictions.size(); ++i) {
          Row& row = batch.inputs[i];
          row.text = std::move(batch.texts[i]);
          if (first_line == 0) first_line = row.line;
          CheckScores(predictions[i].scores, row.line);
          evaluation.Add(row, predictions[i]);
        }
        progress.Show(evaluation.rows());
      });
  if (evaluation.rows() == 0) {
    throw std::runtime_error(input.reader.name() + ": no row to judge: " + std::to_string(rows.left_out()) + " of " +
                             std::to_string(rows.records()) + " were left out");
  }
  const auto only = evaluation.OnlyLabel();
  if (only) {
    common::PrintNote(kProgram, input.reader.name() + ":" + std::to_string(first_line) +
                                    ": expected rows of several labels, found " + classifier.labels()[*only] +
                                    " here and in all that follow");
  }

  const auto origin = MakeOrigin(input.reader.name(), classifier, arguments);
  outputs.Write(MakeReport(evaluation, rows, origin), MakeJson(evaluation, rows, origin), MakeCharts(evaluation));
  const bool is_complete = std::max(rows.Finish(), input.ill_formed.Finish()) == common::kAllAnswered && !only;
  return arguments.encoding.strict && !is_complete ? common::kFailed : common::kAllAnswered;
}

common::ExitCode ComparePrecisions(const Arguments& arguments) {
  Input input(arguments);
  Outputs outputs(arguments);
  std::vector<valence::Classifier> classifiers;
  for (const std::string& precision : arguments.compare) {
    common::ModelOptions model = arguments.model;
    model.precision = precision;
    model.Check();
    classifiers.push_back(model.LoadForProbabilities());
  }
  const valence::Classifier& first = classifiers[0];
  const LabelMap labels(arguments.labels, first.labels());
  Rows rows(input.reader, labels, arguments.columns);
  Comparison comparison(first.labels(), {arguments.compare[0], arguments.compare[1]}, arguments.settings.bins,
                        arguments.settings.mistakes);
  common::Progress progress(isatty(STDERR_FILENO) != 0);
  while (const auto batch = rows.NextBatch()) {
    const auto reference = first.classify(batch->texts), other = classifiers[1].classify(batch->texts);
    for (std::size_t i = 0; i < batch->inputs.size(); ++i) {
      const Row& row = batch->inputs[i];
      const auto label = arguments.columns.labelled ? std::optional(row.label) : std::nullopt;
      comparison.Add(row.line, batch->texts[i], label, reference[i], other[i]);
    }
    progress.Show(comparison.rows());
  }
  const bool is_complete = std::max(rows.Finish(), input.ill_formed.Finish()) == common::kAllAnswered;
  if (comparison.rows() == 0) throw std::runtime_error(input.reader.name() + ": no row to compare");
  const auto origin = MakeOrigin(input.reader.name(), first, arguments);
  outputs.Write(comparison.MakeReport(origin), comparison.MakeJson(origin), {});
  return arguments.encoding.strict && !is_complete ? common::kFailed : common::kAllAnswered;
}

// The label whose probability the bias probe compares.
std::size_t PositiveLabel(std::span<const std::string> labels, const std::optional<std::string>& given) {
  if (given) return common::FindLabel(labels, "--positive", *given);
  const auto found = std::find(labels.begin(), labels.end(), "POSITIVE");
  return found != labels.end() ? static_cast<std::size_t>(found - labels.begin()) : labels.size() - 1;
}

common::ExitCode ProbeBias(const Arguments& arguments) {
  Outputs outputs(arguments);
  const auto classifier = arguments.model.LoadForProbabilities();
  const std::size_t label = PositiveLabel(classifier.labels(), arguments.positive);
  const auto results = RunProbes(classifier, label);
  const auto origin = MakeOrigin("", classifier, arguments);
  outputs.Write(MakeBiasReport(results, origin, classifier.labels()[label]),
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
  if (!arguments->compare.empty()) return ComparePrecisions(*arguments);
  return arguments->bias_probe ? ProbeBias(*arguments) : JudgeRows(*arguments);
}

}  // namespace
}  // namespace evaluate

int main(int argc, char** argv) {
  return common::RunProgram(evaluate::kProgram, [&] { return evaluate::Run(argc, argv); });
}
