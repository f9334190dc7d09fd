// The headline figures, remarks and tables of an evaluation.
#include "report.h"

#include <algorithm>
#include <cmath>

#include "common/numbers.h"
#include "common/text.h"

namespace evaluate {
namespace {

std::string TooSmallIf(bool too_small) { return too_small ? kTooSmall : ""; }

Cell Share(const statistics::Proportion& share) { return {statistics::Percent(share), share}; }

std::string Range(const statistics::Proportion& share) {
  return share.defined() ? statistics::Percent(share.interval()) : "-";
}

std::string Bracketed(const statistics::Proportion& share) {
  std::string text = "(";
  text += Range(share);
  text += ')';
  return text;
}

std::vector<Figure> Figures(const Evaluation& evaluation, const Rows& rows) {
  const statistics::Proportion accuracy = evaluation.confusion().Accuracy();
  const Reliability& reliability = evaluation.reliability();
  const double temperature = evaluation.logits().FitTemperature();
  const Reliability tempered = evaluation.logits().ReliabilityAt(temperature, evaluation.settings().bins);
  const std::string small = accuracy.TooSmall() ? std::string("; ") + kTooSmall : "";
  const std::string small_error = reliability.TooSmall() ? std::string("; ") + kTooSmall : "";
  std::string fitted = "log loss " + common::Decimal(evaluation.logits().LogLoss(temperature), 4) +
                       ", calibration error " + common::Decimal(tempered.Error(), 4) +
                       " on these rows with all logits divided by it";
  if (temperature == Logits::kLowest || temperature == Logits::kHighest) {
    fitted += "; the end of the range that was searched";
  }
  return {
      {"Accuracy", statistics::Percent(accuracy),
       std::to_string(accuracy.count) + " of " + std::to_string(accuracy.total) + " right; 95 % interval " +
           statistics::Percent(accuracy.interval()) + small},
      {"Macro F1", common::Decimal(evaluation.confusion().MacroF1(), 4), "mean of the labels' F1"},
      {"Log loss", common::Decimal(evaluation.logits().LogLoss(1), 4),
       "a guess among " + std::to_string(evaluation.labels().size()) +
           " labels: " + common::Decimal(std::log(static_cast<double>(evaluation.labels().size())), 4)},
      {"Calibration error", common::Decimal(reliability.Error(), 4),
       "of calibrated scores on so many rows, by chance: about " + common::Decimal(reliability.ErrorByChance(), 4) +
           small_error},
      {"Fitted temperature", common::Decimal(temperature, 3), fitted},
      {"Rows judged", std::to_string(evaluation.rows()),
       common::Count(rows.left_out(), "row") + " left out, " + std::to_string(evaluation.truncated()) +
           " longer than the model reads"},
  };
}

std::vector<std::string> Remarks(const Evaluation& evaluation, const Rows& rows) {
  std::vector<std::string> remarks;
  if (const auto only = evaluation.OnlyLabel()) {
    remarks.push_back("All rows are labelled " + evaluation.labels()[*only] +
                      ": how often another label would be recognised cannot be told.");
  }
  for (std::size_t i = 0; i < kProblems; ++i) {
    const auto problem = static_cast<Problem>(i);
    const Rows::Found& found = rows.found(problem);
    if (found.count == 0) continue;
    std::string remark =
        "Left out, " + std::string(Name(problem)) + ": " + common::Count(found.count, "row") + ", line";
    for (std::size_t at = 0; at < found.first_lines.size(); ++at) {
      remark += (at > 0 ? ", " : " ") + std::to_string(found.first_lines[at]);
    }
    remarks.push_back(remark + (found.count > found.first_lines.size() ? ", .." : ""));
  }
  if (evaluation.confusion().Accuracy().TooSmall()) {
    remarks.push_back(std::string("With ") + common::Count(evaluation.rows(), "row") + ", " + kTooSmall +
                      ": the accuracy's interval is wider than ten points.");
  }
  return remarks;
}

Table LabelTable(const Evaluation& evaluation) {
  Table table{
      "labels",
      "Labels",
      "Precision: how many of the rows answered so are right. Recall: how many of the rows labelled so were found. "
      "In brackets 95 % intervals.",
      {"label", "rows", "answered", "precision", "", "recall", "", "F1", ""},
      1,
      {}};
  const Confusion& confusion = evaluation.confusion();
  for (std::size_t label = 0; label < confusion.labels(); ++label) {
    const statistics::Proportion precision = confusion.Precision(label);
    const statistics::Proportion recall = confusion.Recall(label);
    const auto f1 = confusion.F1(label);
    table.rows.push_back({{evaluation.labels()[label]},
                          {std::to_string(confusion.Labelled(label))},
                          {std::to_string(confusion.Answered(label))},
                          Share(precision),
                          {Bracketed(precision)},
                          Share(recall),
                          {Bracketed(recall)},
                          {f1 ? common::Decimal(*f1, 4) : "-"},
                          {TooSmallIf(precision.TooSmall() || recall.TooSmall())}});
  }
  return table;
}

Table ConfusionTable(const Evaluation& evaluation) {
  Table table{
      "confusion", "Confusion matrix", "A line a label of the rows, a column an answer of the model.", {"label"}, 1,
      {}};
  const Confusion& confusion = evaluation.confusion();
  for (const std::string& label : evaluation.labels()) table.columns.push_back("answered " + label);
  for (std::size_t label = 0; label < confusion.labels(); ++label) {
    std::vector<Cell> cells = {{evaluation.labels()[label]}};
    for (std::size_t answer = 0; answer < confusion.labels(); ++answer) {
      const std::size_t count = confusion.at(label, answer);
      cells.push_back({std::to_string(count), statistics::Proportion{count, confusion.Labelled(label)}});
    }
    table.rows.push_back(std::move(cells));
  }
  return table;
}

Table ReliabilityTable(const Evaluation& evaluation) {
  Table table{"reliability",
              "Reliability",
              "Rows by score, in " + std::to_string(evaluation.settings().bins) +
                  " bins of equal width over 0 to 1. Calibrated scores are right as often as they say. The expected "
                  "calibration error is the mean distance between score and share right, weighted by rows.",
              {"score above", "up to", "rows", "mean score", "right", "95 % interval", ""},
              0,
              {}};
  for (const ReliabilityBin& bin : evaluation.reliability().bins()) {
    if (!bin.right.defined()) continue;
    const statistics::Interval range = bin.right.interval();
    const bool is_off = bin.MeanScore() < range.low || bin.MeanScore() > range.high;
    const std::string verdict =
        !is_off ? TooSmallIf(bin.right.TooSmall()) : (bin.MeanScore() > range.high ? "too sure" : "not sure enough");
    table.rows.push_back({{common::Decimal(bin.low, 3)},
                          {common::Decimal(bin.high, 3)},
                          {std::to_string(bin.right.total)},
                          {common::Decimal(bin.MeanScore(), 4)},
                          Share(bin.right),
                          {Range(bin.right)},
                          {verdict}});
  }
  return table;
}

Table ThresholdTable(const Evaluation& evaluation) {
  Table table{"thresholds",
              "Answering only when sure",
              "With a threshold on the score, the rows that get an answer, and how many of those answers are right.",
              {"threshold", "answered", "coverage", "right", "95 % interval", ""},
              0,
              {}};
  const Thresholds& thresholds = evaluation.thresholds();
  for (const double threshold : kThresholds) {
    const statistics::Proportion coverage = thresholds.Coverage(threshold);
    const statistics::Proportion precision = thresholds.Precision(threshold);
    table.rows.push_back({{common::Decimal(threshold, 3)},
                          {std::to_string(coverage.count)},
                          {statistics::Percent(coverage)},
                          Share(precision),
                          {Range(precision)},
                          {TooSmallIf(precision.TooSmall())}});
  }
  for (const double target : {0.95, 0.98, 0.99}) {
    const auto lowest = thresholds.LowestFor(target);
    table.note += " For " + common::Percent(target, 0) + " right, interval included: ";
    table.note += lowest ? "from " + common::Decimal(*lowest, 3) + " on, which answers " +
                               statistics::Percent(thresholds.Coverage(*lowest)) + "."
                         : "no threshold on these rows.";
  }
  return table;
}

Table SliceTable(const std::string& id, const std::string& column, const std::vector<Slice>& slices,
                 const statistics::Proportion& all) {
  Table table{id,
              "By " + column,
              "A remark that a slice is lower or higher stands where the 95 % interval of its difference from the rest "
              "excludes 0; one slice in twenty gets it by chance.",
              {column, "rows", "accuracy", "95 % interval", ""},
              1,
              {}};
  for (const Slice& slice : slices) {
    const Difference difference = Compare(slice.right, all);
    std::string remark;
    if (difference == Difference::kLower) remark = "lower than the rest";
    if (difference == Difference::kHigher) remark = "higher than the rest";
    if (difference == Difference::kTooSmall) remark = kTooSmall;
    table.rows.push_back(
        {{slice.value}, {std::to_string(slice.right.total)}, Share(slice.right), {Range(slice.right)}, {remark}});
  }
  return table;
}

void DropEmptyRemarks(Table& table) {
  const auto has_remark = [](const std::vector<Cell>& row) { return !row.back().text.empty(); };
  if (!table.columns.back().empty() || std::any_of(table.rows.begin(), table.rows.end(), has_remark)) return;
  table.columns.pop_back();
  for (auto& row : table.rows) row.pop_back();
}

Table MistakeTable(const Evaluation& evaluation) {
  Table table{"mistakes",
              "Most confident mistakes",
              "The wrong answers with the highest scores. Look for wrong labels among them first.",
              {"line", "label", "answer", "score", "text"},
              5,
              {}};
  for (const Mistake& mistake : evaluation.mistakes()) {
    table.rows.push_back({{std::to_string(mistake.line)},
                          {evaluation.labels()[mistake.label]},
                          {evaluation.labels()[mistake.answer]},
                          {common::Decimal(static_cast<double>(mistake.score), 4)},
                          {mistake.text}});
  }
  return table;
}

}  // namespace

void RemoveControls(Report& report) {
  const auto clean = [](std::string& text) { text = common::OneLine(text); };
  clean(report.title);
  for (auto& [name, value] : report.origin) clean(value);
  for (Figure& figure : report.figures) clean(figure.detail);
  for (std::string& remark : report.remarks) clean(remark);
  for (Table& table : report.tables) {
    clean(table.id);
    clean(table.title);
    for (std::string& column : table.columns) clean(column);
    for (auto& row : table.rows) {
      for (Cell& cell : row) clean(cell.text);
    }
  }
}

Report MakeReport(const Evaluation& evaluation, const Rows& rows, const Origin& origin) {
  Report report;
  report.title = "Evaluation of " + origin.input;
  report.origin = {
      {"rows", origin.input}, {"model", origin.model}, {"precision", origin.precision}, {"texts", origin.texts}};
  report.figures = Figures(evaluation, rows);
  report.remarks = Remarks(evaluation, rows);
  const statistics::Proportion all = evaluation.confusion().Accuracy();
  report.tables = {LabelTable(evaluation), ConfusionTable(evaluation), ReliabilityTable(evaluation),
                   ThresholdTable(evaluation),
                   SliceTable("lengths", "words in the text", evaluation.lengths().ByLength(), all)};
  for (const Slices& slices : evaluation.slices()) {
    report.tables.push_back(SliceTable("slice-" + slices.column(), slices.column(), slices.BySize(), all));
  }
  report.tables.push_back(MistakeTable(evaluation));
  for (Table& table : report.tables) DropEmptyRemarks(table);
  return report;
}

}  // namespace evaluate
