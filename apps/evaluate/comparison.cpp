// The answers of one model in two precisions, side by side.
#include "comparison.h"

#include <algorithm>
#include <cmath>

#include "common/numbers.h"
#include "common/text.h"

namespace evaluate {
namespace {

constexpr std::size_t kLongestText = 160;  // bytes shown

using Json = nlohmann::ordered_json;

}  // namespace

void Comparison::Difference::Add(std::span<const float> a, std::span<const float> b) {
  for (std::size_t i = 0; i < a.size(); ++i, ++count) {
    const double difference = std::abs(double{a[i]} - double{b[i]});
    largest = std::max(largest, difference);
    sum += difference;
  }
}

Comparison::Comparison(std::span<const std::string> labels, std::array<std::string, 2> names, int bins,
                       std::size_t changes)
    : labels_(labels.begin(), labels.end()),
      names_(std::move(names)),
      kept_(changes),
      reliability_{Reliability(bins), Reliability(bins)} {}

void Comparison::Add(std::size_t line, std::string_view text, std::optional<std::size_t> label,
                     const valence::Prediction& reference, const valence::Prediction& other) {
  ++rows_;
  logits_.Add(reference.logits, other.logits);
  scores_.Add(reference.scores, other.scores);
  if (label) {
    ++labelled_;
    const std::array answers = {&reference, &other};
    for (std::size_t i = 0; i < answers.size(); ++i) {
      const bool is_right = answers[i]->label_id == *label;
      right_[i] += is_right ? 1 : 0;
      reliability_[i].Add(double{answers[i]->score}, is_right);
    }
  }
  if (reference.label_id == other.label_id) return;
  ++changed_;
  changes_.push_back({line,
                      label,
                      {reference.label_id, other.label_id},
                      {reference.score, other.score},
                      common::Excerpt(text, kLongestText)});
  if (changes_.size() >= 2 * kept_ + 100) changes_ = ByConfidence();
}

std::vector<Comparison::Change> Comparison::ByConfidence() const {
  auto changes = changes_;
  std::stable_sort(changes.begin(), changes.end(),
                   [](const Change& a, const Change& b) { return a.scores[0] > b.scores[0]; });
  if (changes.size() > kept_) changes.resize(kept_);
  return changes;
}

Report Comparison::MakeReport(const Origin& origin) const {
  Report report;
  report.title = "Comparison of " + names_[0] + " and " + names_[1];
  report.origin = {{"input", origin.input}, {"model", origin.model}, {"texts", origin.texts}};
  const statistics::Proportion changed{changed_, rows_};
  report.figures.push_back({"Labels changed", statistics::Percent(changed),
                            std::to_string(changed_) + " of " + std::to_string(rows_) + "; 95 % interval " +
                                statistics::Percent(changed.interval())});
  for (std::size_t i = 0; labelled_ > 0 && i < names_.size(); ++i) {
    const statistics::Proportion right{right_[i], labelled_};
    report.figures.push_back({"Accuracy, " + names_[i], statistics::Percent(right),
                              std::to_string(right.count) + " of " + std::to_string(right.total) +
                                  " right; 95 % interval " + statistics::Percent(right.interval())});
  }
  for (std::size_t i = 0; labelled_ > 0 && i < names_.size(); ++i) {
    report.figures.push_back({"Calibration error, " + names_[i], common::Decimal(reliability_[i].Error(), 4),
                              "by chance about " + common::Decimal(reliability_[i].ErrorByChance(), 4)});
  }
  report.figures.push_back({"Logits differ", common::Decimal(logits_.largest, 4),
                            "at most; by " + common::Decimal(logits_.mean(), 4) + " on average"});
  report.figures.push_back({"Scores differ", common::Decimal(scores_.largest, 4),
                            "at most; by " + common::Decimal(scores_.mean(), 4) + " on average"});
  Table table{"changes",
              "Changed labels",
              "Those that " + names_[0] + " was surest of first. A score near " +
                  common::Decimal(1.0 / static_cast<double>(std::max<std::size_t>(labels_.size(), 1)), 2) +
                  " says that the model could not tell.",
              {"label", names_[0], names_[1], "text", "line", "score, " + names_[0], "score, " + names_[1]},
              4,
              {}};
  for (const Change& change : ByConfidence()) {
    table.rows.push_back({{change.label ? labels_[*change.label] : "-"},
                          {labels_[change.answers[0]]},
                          {labels_[change.answers[1]]},
                          {change.text},
                          {std::to_string(change.line)},
                          {common::Decimal(double{change.scores[0]}, 4)},
                          {common::Decimal(double{change.scores[1]}, 4)}});
  }
  if (!table.rows.empty()) report.tables.push_back(std::move(table));
  return report;
}

nlohmann::ordered_json Comparison::MakeJson(const Origin& origin) const {
  Json json = {{"input", origin.input}, {"model", origin.model}, {"texts", origin.texts},
               {"rows", rows_},         {"labelled", labelled_}, {"changed", changed_}};
  json["precisions"] = Json::array();
  for (std::size_t i = 0; i < names_.size(); ++i) {
    json["precisions"].push_back({{"precision", names_[i]},
                                  {"right", labelled_ > 0 ? Json(right_[i]) : Json()},
                                  {"calibration_error", labelled_ > 0 ? Json(reliability_[i].Error()) : Json()}});
  }
  json["logits"] = {{"largest_difference", logits_.largest}, {"mean_difference", logits_.mean()}};
  json["scores"] = {{"largest_difference", scores_.largest}, {"mean_difference", scores_.mean()}};
  json["changes"] = Json::array();
  for (const Change& change : ByConfidence()) {
    json["changes"].push_back({{"line", change.line},
                               {"label", change.label ? Json(labels_[*change.label]) : Json()},
                               {"answers", {labels_[change.answers[0]], labels_[change.answers[1]]}},
                               {"scores", change.scores},
                               {"text", change.text}});
  }
  return json;
}

}  // namespace evaluate
