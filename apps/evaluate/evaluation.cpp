// All that is counted while the rows go by; what it keeps of a row is its logits, its label, and little else.
#include "evaluation.h"

#include <cmath>
#include <stdexcept>
#include <string>

namespace evaluate {

void CheckScores(std::span<const float> scores, std::size_t line) {
  double sum = 0;
  for (const float score : scores) sum += static_cast<double>(score);
  if (std::isnan(sum)) {
    throw std::runtime_error("line " + std::to_string(line) +
                             ": expected scores from 0 to 1, found NaN: the model is broken");
  }
  if (std::abs(sum - 1) > 0.01) {
    throw std::runtime_error("expected a model that gives each text one label, found one that judges each label alone");
  }
}

Evaluation::Evaluation(std::span<const std::string> labels, const Settings& settings)
    : labels_(labels.begin(), labels.end()),
      settings_(settings),
      confusion_(labels_.size()),
      reliability_(settings.bins),
      logits_(labels_.size()),
      mistakes_(settings.mistakes) {
  for (const std::string& column : settings.slice_columns) slices_.emplace_back(column);
}

void Evaluation::Add(const Row& row, const valence::Prediction& prediction) {
  const std::size_t answer = prediction.label_id;
  const bool is_right = answer == row.label;
  const double score = prediction.score;
  confusion_.Add(row.label, answer);
  reliability_.Add(score, is_right);
  thresholds_.Add(score, is_right);
  logits_.Add(prediction.logits, row.label);
  lengths_.Add(row.text, is_right);
  for (std::size_t i = 0; i < slices_.size(); ++i) slices_[i].Add(row.slice_values[i], is_right);
  if (!is_right) mistakes_.Add({row.line, row.label, answer, prediction.score, {}}, row.text);
  truncated_ += prediction.truncated ? 1 : 0;
}

std::optional<std::size_t> Evaluation::OnlyLabel() const {
  for (std::size_t label = 0; label < labels_.size(); ++label) {
    if (rows() > 0 && confusion_.Labelled(label) == rows()) return label;
  }
  return std::nullopt;
}

}  // namespace evaluate
