// Whether a score of 0.9 is right nine times in ten, and what would make it so.
#include "calibration.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace evaluate {
namespace {

// The probabilities [labels] of logits [labels] times a factor.
void Softmax(std::span<const float> logits, double factor, std::vector<double>& probabilities) {
  const double largest = *std::max_element(logits.begin(), logits.end());
  probabilities.resize(logits.size());
  double sum = 0;
  for (std::size_t i = 0; i < logits.size(); ++i) {
    sum += probabilities[i] = std::exp(factor * (static_cast<double>(logits[i]) - largest));
  }
  for (double& probability : probabilities) probability /= sum;
}

}  // namespace

Reliability::Reliability(int bins) : bins_(static_cast<std::size_t>(bins)) {
  for (int i = 0; i < bins; ++i) {
    bins_[static_cast<std::size_t>(i)].low = static_cast<double>(i) / bins;
    bins_[static_cast<std::size_t>(i)].high = static_cast<double>(i + 1) / bins;
  }
}

void Reliability::Add(double score, bool is_right) {
  const auto above = [](const ReliabilityBin& bin, double value) { return bin.high < value; };
  auto bin = std::lower_bound(bins_.begin(), bins_.end(), score, above);
  if (bin == bins_.end()) --bin;
  ++bin->right.total;
  bin->right.count += is_right ? 1 : 0;
  bin->score_sum += score;
  ++rows_;
}

double Reliability::Error() const {
  double error = 0;
  for (const ReliabilityBin& bin : bins_) error += std::abs(bin.score_sum - static_cast<double>(bin.right.count));
  return rows_ > 0 ? error / static_cast<double>(rows_) : 0;
}

double Reliability::ErrorByChance() const {
  double error = 0;
  for (const ReliabilityBin& bin : bins_) {
    if (!bin.right.defined()) continue;
    // A normal variable of deviation s is off its mean by s sqrt(2 / pi) on average.
    const double deviation = std::sqrt(static_cast<double>(bin.right.total) * bin.MeanScore() * (1 - bin.MeanScore()));
    error += deviation * std::sqrt(2 / std::numbers::pi);
  }
  return rows_ > 0 ? error / static_cast<double>(rows_) : 0;
}

void Logits::Add(std::span<const float> logits, std::size_t label) {
  logits_.insert(logits_.end(), logits.begin(), logits.end());
  row_labels_.push_back(static_cast<std::uint32_t>(label));
}

double Logits::LogLoss(double temperature) const {
  double sum = 0;
  for (std::size_t row = 0; row < rows(); ++row) {
    const auto logits = Row(row);
    const double largest = *std::max_element(logits.begin(), logits.end());
    double exponentials = 0;
    for (const float logit : logits) exponentials += std::exp((static_cast<double>(logit) - largest) / temperature);
    sum += std::log(exponentials) - (static_cast<double>(logits[row_labels_[row]]) - largest) / temperature;
  }
  return sum / static_cast<double>(rows());
}

// The derivative of the log loss times the rows. It grows with the inverse temperature, as the log loss is convex in
// it.
double Logits::Slope(double inverse_temperature) const {
  double slope = 0;
  std::vector<double> probabilities;
  for (std::size_t row = 0; row < rows(); ++row) {
    const auto logits = Row(row);
    Softmax(logits, inverse_temperature, probabilities);
    for (std::size_t i = 0; i < labels_; ++i) slope += probabilities[i] * static_cast<double>(logits[i]);
    slope -= static_cast<double>(logits[row_labels_[row]]);
  }
  return slope;
}

double Logits::FitTemperature() const {
  double low = 1 / kHighest;
  double high = 1 / kLowest;
  if (Slope(low) >= 0) return kHighest;
  if (Slope(high) <= 0) return kLowest;
  for (int step = 0; step < 50; ++step) {
    const double middle = (low + high) / 2;
    (Slope(middle) < 0 ? low : high) = middle;
  }
  return 2 / (low + high);
}

Reliability Logits::ReliabilityAt(double temperature, int bins) const {
  Reliability reliability(bins);
  std::vector<double> probabilities;
  for (std::size_t row = 0; row < rows(); ++row) {
    Softmax(Row(row), 1 / temperature, probabilities);
    const auto best = std::max_element(probabilities.begin(), probabilities.end());
    reliability.Add(*best, best - probabilities.begin() == row_labels_[row]);
  }
  return reliability;
}

}  // namespace evaluate
