// How often each label was answered for each label: the counts that accuracy, precision, recall and F1 are made of.
#include "confusion.h"

#include <numeric>

namespace evaluate {

std::size_t Confusion::rows() const { return std::accumulate(counts_.begin(), counts_.end(), std::size_t{0}); }

std::size_t Confusion::Labelled(std::size_t label) const {
  std::size_t rows = 0;
  for (std::size_t answer = 0; answer < labels_; ++answer) rows += at(label, answer);
  return rows;
}

std::size_t Confusion::Answered(std::size_t label) const {
  std::size_t rows = 0;
  for (std::size_t other = 0; other < labels_; ++other) rows += at(other, label);
  return rows;
}

statistics::Proportion Confusion::Accuracy() const {
  std::size_t right = 0;
  for (std::size_t label = 0; label < labels_; ++label) right += at(label, label);
  return {right, rows()};
}

std::optional<double> Confusion::F1(std::size_t label) const {
  const std::size_t both = Labelled(label) + Answered(label);
  if (both == 0) return std::nullopt;
  return 2 * static_cast<double>(at(label, label)) / static_cast<double>(both);
}

double Confusion::MacroF1() const {
  double sum = 0;
  int defined = 0;
  for (std::size_t label = 0; label < labels_; ++label) {
    const auto f1 = F1(label);
    if (!f1) continue;
    sum += *f1;
    ++defined;
  }
  return defined > 0 ? sum / defined : 0;
}

}  // namespace evaluate
