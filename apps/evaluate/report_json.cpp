// The figures of an evaluation as JSON.
#include "report.h"

namespace evaluate {
namespace {

using Json = nlohmann::ordered_json;

Json ToJson(const statistics::Proportion& share) {
  const statistics::Interval range = share.interval();
  return {{"value", share.defined() ? Json(share.value()) : Json()},
          {"count", share.count},
          {"rows", share.total},
          {"low", range.low},
          {"high", range.high},
          {"too_small", share.TooSmall()}};
}

Json Labels(const Evaluation& evaluation) {
  Json labels = Json::array();
  const Confusion& confusion = evaluation.confusion();
  for (std::size_t label = 0; label < confusion.labels(); ++label) {
    const auto f1 = confusion.F1(label);
    labels.push_back({{"label", evaluation.labels()[label]},
                      {"rows", confusion.Labelled(label)},
                      {"answered", confusion.Answered(label)},
                      {"precision", ToJson(confusion.Precision(label))},
                      {"recall", ToJson(confusion.Recall(label))},
                      {"f1", f1 ? Json(*f1) : Json()}});
  }
  return labels;
}

Json Counts(const Confusion& confusion) {
  Json counts = Json::array();
  for (std::size_t label = 0; label < confusion.labels(); ++label) {
    counts.push_back(Json::array());
    for (std::size_t answer = 0; answer < confusion.labels(); ++answer)
      counts.back().push_back(confusion.at(label, answer));
  }
  return counts;
}

Json Calibration(const Reliability& reliability) {
  Json bins = Json::array();
  for (const ReliabilityBin& bin : reliability.bins()) {
    if (!bin.right.defined()) continue;
    bins.push_back(
        {{"low", bin.low}, {"high", bin.high}, {"mean_score", bin.MeanScore()}, {"right", ToJson(bin.right)}});
  }
  return {{"bins", reliability.bins().size()},
          {"expected_error", reliability.Error()},
          {"expected_error_by_chance", reliability.ErrorByChance()},
          {"too_small", reliability.TooSmall()},
          {"reliability", bins}};
}

Json Temperature(const Evaluation& evaluation) {
  const double temperature = evaluation.logits().FitTemperature();
  const Reliability reliability = evaluation.logits().ReliabilityAt(temperature, evaluation.settings().bins);
  return {{"value", temperature},
          {"log_loss", evaluation.logits().LogLoss(temperature)},
          {"expected_error", reliability.Error()}};
}

Json ThresholdRows(const Thresholds& thresholds) {
  Json rows = Json::array();
  for (const double threshold : kThresholds) {
    rows.push_back({{"threshold", threshold},
                    {"coverage", ToJson(thresholds.Coverage(threshold))},
                    {"precision", ToJson(thresholds.Precision(threshold))}});
  }
  return rows;
}

Json SliceRows(const std::vector<Slice>& slices, const statistics::Proportion& all) {
  Json rows = Json::array();
  for (const Slice& slice : slices) {
    const Difference difference = Compare(slice.right, all);
    const char* name = difference == Difference::kLower    ? "lower"
                       : difference == Difference::kHigher ? "higher"
                       : difference == Difference::kNone   ? "none"
                                                           : "too small";
    rows.push_back({{"value", slice.value}, {"accuracy", ToJson(slice.right)}, {"difference_from_rest", name}});
  }
  return rows;
}

Json MistakeRows(const Evaluation& evaluation) {
  Json rows = Json::array();
  for (const Mistake& mistake : evaluation.mistakes()) {
    rows.push_back({{"line", mistake.line},
                    {"label", evaluation.labels()[mistake.label]},
                    {"answer", evaluation.labels()[mistake.answer]},
                    {"score", mistake.score},
                    {"text", mistake.text}});
  }
  return rows;
}

Json LeftOut(const Rows& rows) {
  Json left_out = Json::object();
  for (std::size_t i = 0; i < kProblems; ++i) {
    const auto problem = static_cast<Problem>(i);
    left_out[Name(problem)] = {{"rows", rows.found(problem).count}, {"first_lines", rows.found(problem).first_lines}};
  }
  return left_out;
}

}  // namespace

Json MakeJson(const Evaluation& evaluation, const Rows& rows, const Origin& origin) {
  const statistics::Proportion all = evaluation.confusion().Accuracy();
  Json slices = Json::array();
  for (const Slices& column : evaluation.slices()) {
    slices.push_back({{"column", column.column()}, {"slices", SliceRows(column.BySize(), all)}});
  }
  const auto only = evaluation.OnlyLabel();
  return {{"input", origin.input},
          {"model", origin.model},
          {"precision", origin.precision},
          {"texts", origin.texts},
          {"rows", evaluation.rows()},
          {"truncated", evaluation.truncated()},
          {"left_out", LeftOut(rows)},
          {"only_label", only ? Json(evaluation.labels()[*only]) : Json()},
          {"accuracy", ToJson(all)},
          {"macro_f1", evaluation.confusion().MacroF1()},
          {"log_loss", evaluation.logits().LogLoss(1)},
          {"labels", Labels(evaluation)},
          {"confusion", Counts(evaluation.confusion())},
          {"calibration", Calibration(evaluation.reliability())},
          {"temperature", Temperature(evaluation)},
          {"thresholds", ThresholdRows(evaluation.thresholds())},
          {"lengths", SliceRows(evaluation.lengths().ByLength(), all)},
          {"slices", slices},
          {"mistakes", MistakeRows(evaluation)}};
}

}  // namespace evaluate
