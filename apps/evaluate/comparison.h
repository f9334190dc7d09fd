// The answers of one model in two precisions, side by side.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "calibration.h"
#include "report.h"
#include "valence/classifier.h"

namespace evaluate {

class Comparison {
 public:
  // A row whose label changed.
  struct Change {
    std::size_t line = 0;
    std::optional<std::size_t> label;  // the row's
    std::array<std::size_t, 2> answers{};
    std::array<float, 2> scores{};  // of these answers
    std::string text;               // its beginning
  };

  // `names`: of the precisions, the reference first. Keeps the `changes` that the reference was surest of.
  Comparison(std::span<const std::string> labels, std::array<std::string, 2> names, int bins, std::size_t changes);

  void Add(std::size_t line, std::string_view text, std::optional<std::size_t> label,
           const valence::Prediction& reference, const valence::Prediction& other);

  std::size_t rows() const { return rows_; }
  std::size_t changed() const { return changed_; }

  Report MakeReport(const Origin& origin) const;
  nlohmann::ordered_json MakeJson(const Origin& origin) const;

 private:
  struct Difference {
    double largest = 0, sum = 0;
    std::size_t count = 0;

    void Add(std::span<const float> a, std::span<const float> b);
    double mean() const { return count == 0 ? 0 : sum / static_cast<double>(count); }
  };

  std::vector<Change> ByConfidence() const;

  std::vector<std::string> labels_;
  std::array<std::string, 2> names_;
  std::size_t kept_;
  std::size_t rows_ = 0, labelled_ = 0, changed_ = 0;
  std::array<std::size_t, 2> right_{};  // of the labelled rows
  std::array<Reliability, 2> reliability_;
  Difference logits_, scores_;
  std::vector<Change> changes_;
};

}  // namespace evaluate
