// The charts of an evaluation's page, as SVG in a frame that fits a phone; its colours are the page's.
#include <algorithm>
#include <cmath>

#include "common/numbers.h"
#include "page.h"

namespace evaluate {
namespace {

// A frame with axes; data coordinates in, SVG out.
class Chart {
 public:
  Chart(const std::string& name, const std::string& x_title, const std::string& y_title, statistics::Interval x,
        statistics::Interval y)
      : x_(x), y_(y) {
    out_ = "<svg viewBox=\"0 0 360 250\" role=\"img\" aria-label=\"" + name + "\">\n";
    Text(kLeft, 14, "start", y_title);
    Text(kRight, 246, "end", x_title);
  }

  void XMark(double x, const std::string& label) {
    Line(x, y_.low, x, y_.high, "stroke=\"var(--line)\"");
    Text(X(x), kBottom + 16, "middle", label);
  }
  void YMark(double y, const std::string& label) {
    Line(x_.low, y, x_.high, y, "stroke=\"var(--line)\"");
    Text(kLeft - 5, Y(y) + 4, "end", label);
  }
  void Line(double x1, double y1, double x2, double y2, const std::string& style) {
    out_ += "<line x1=\"" + At(X(x1)) + "\" y1=\"" + At(Y(y1)) + "\" x2=\"" + At(X(x2)) + "\" y2=\"" + At(Y(y2)) +
            "\" " + style + "/>\n";
  }
  void Point(double x, double y) {
    out_ += "<circle cx=\"" + At(X(x)) + "\" cy=\"" + At(Y(y)) + "\" r=\"3.5\" fill=\"var(--mark)\"/>\n";
  }
  void Box(double x1, double x2, double y1, double y2, const std::string& colour) {
    out_ += "<rect x=\"" + At(X(x1)) + "\" y=\"" + At(Y(y2)) + "\" width=\"" + At(X(x2) - X(x1)) + "\" height=\"" +
            At(Y(y1) - Y(y2)) + "\" fill=\"" + colour + "\"/>\n";
  }
  void Path(const std::vector<std::pair<double, double>>& points, const std::string& style) {
    out_ += "<polyline points=\"";
    for (const auto& [x, y] : points) out_ += At(X(x)) + ',' + At(Y(y)) + ' ';
    out_ += "\" " + style + "/>\n";
  }
  void Label(double x, double y, const std::string& text) { Text(X(x) - 4, Y(y) + 15, "end", text); }

  std::string Finished() { return out_ + "</svg>\n"; }

 private:
  static constexpr double kLeft = 46, kRight = 338, kTop = 24, kBottom = 212;

  double X(double x) const { return kLeft + (x - x_.low) / (x_.high - x_.low) * (kRight - kLeft); }
  double Y(double y) const { return kBottom - (y - y_.low) / (y_.high - y_.low) * (kBottom - kTop); }
  static std::string At(double pixels) { return common::Decimal(pixels, 1); }
  void Text(double x, double y, const std::string& anchor, const std::string& text) {
    out_ += "<text x=\"" + At(x) + "\" y=\"" + At(y) + "\" text-anchor=\"" + anchor + "\">" + text + "</text>\n";
  }

  statistics::Interval x_;
  statistics::Interval y_;
  std::string out_;
};

// The lowest score that the best of so many labels can have.
double LowestScore(const Evaluation& evaluation) { return 1 / static_cast<double>(evaluation.labels().size()); }

void MarkScores(double lowest, Chart& chart) {
  for (int tenth = 0; tenth <= 10; tenth += lowest < 0.45 ? 2 : 1) {
    if (tenth / 10.0 >= lowest - 0.001) chart.XMark(tenth / 10.0, common::Decimal(tenth / 10.0, 1));
  }
}

std::string ReliabilityChart(const Evaluation& evaluation) {
  const double lowest = LowestScore(evaluation);
  Chart chart("Share of right answers by score", "score", "share right, with its 95 % interval", {lowest, 1}, {0, 1});
  MarkScores(lowest, chart);
  for (int fifth = 0; fifth <= 5; ++fifth) chart.YMark(fifth / 5.0, common::Percent(fifth / 5.0, 0));
  chart.Line(lowest, lowest, 1, 1, "stroke=\"var(--faint)\" stroke-dasharray=\"4 4\"");
  for (const ReliabilityBin& bin : evaluation.reliability().bins()) {
    if (!bin.right.defined()) continue;
    const statistics::Interval range = bin.right.interval();
    chart.Line(bin.MeanScore(), range.low, bin.MeanScore(), range.high, "stroke=\"var(--mark)\" stroke-width=\"2\"");
    chart.Point(bin.MeanScore(), bin.right.value());
  }
  return chart.Finished();
}

// A round number at or above the value.
double RoundUp(double value) {
  double power = 1;
  while (power * 10 <= value) power *= 10;
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= value) return factor * power;
  }
  return 10 * power;
}

std::string ScoreChart(const Evaluation& evaluation) {
  const double lowest = LowestScore(evaluation);
  constexpr int kBars = 20;
  const auto edge = [&](int bar) { return lowest + (1 - lowest) * bar / kBars; };
  const auto rows_in = [&](int bar) {
    return evaluation.thresholds().Between(bar == 0 ? 0 : edge(bar), bar + 1 == kBars ? 2 : edge(bar + 1));
  };
  std::size_t most = 1;
  for (int bar = 0; bar < kBars; ++bar) most = std::max(most, rows_in(bar).total);
  const double top = RoundUp(static_cast<double>(most));
  Chart chart("Rows by score", "score", "rows, <tspan style=\"fill: var(--wrong)\">wrong ones</tspan> below",
              {lowest, 1}, {0, top});
  for (int quarter = 0; quarter <= 4; ++quarter) {
    const double rows = top * quarter / 4;
    if (rows == std::floor(rows)) chart.YMark(rows, common::Decimal(rows, 0));
  }
  MarkScores(lowest, chart);
  for (int bar = 0; bar < kBars; ++bar) {
    const statistics::Proportion right = rows_in(bar);
    const double wrong = static_cast<double>(right.total - right.count);
    const double gap = (1 - lowest) / kBars / 10;
    chart.Box(edge(bar) + gap, edge(bar + 1) - gap, wrong, static_cast<double>(right.total), "var(--mark)");
    chart.Box(edge(bar) + gap, edge(bar + 1) - gap, 0, wrong, "var(--wrong)");
  }
  return chart.Finished();
}

std::string CoverageChart(const Evaluation& evaluation) {
  constexpr double kTold = 0.1;  // of lower coverage the axis takes no notice
  const Thresholds& thresholds = evaluation.thresholds();
  std::vector<std::pair<double, double>> precisions, lows, highs;
  double lowest = 0.95;
  for (std::size_t step = 0; step <= Thresholds::kSteps; ++step) {
    const double threshold = static_cast<double>(step) / Thresholds::kSteps;
    const statistics::Proportion precision = thresholds.Precision(threshold);
    const double coverage = thresholds.Coverage(threshold).value();
    if (!precision.defined() || (!precisions.empty() && precisions.back().first == coverage)) continue;
    precisions.emplace_back(coverage, precision.value());
    if (coverage >= kTold) lowest = std::min(lowest, precision.value());
    lows.emplace_back(coverage, precision.interval().low);
    highs.emplace_back(coverage, precision.interval().high);
  }
  lowest = std::max(0.0, std::floor(lowest * 10 - 0.5) / 10);
  Chart chart("Share of right answers by coverage", "rows answered", "answers right; thresholds as numbers", {0, 1},
              {lowest, 1});
  for (int fifth = 0; fifth <= 5; ++fifth) chart.XMark(fifth / 5.0, common::Percent(fifth / 5.0, 0));
  for (int mark = 0; mark <= 4; ++mark) {
    const double share = lowest + (1 - lowest) * mark / 4;
    chart.YMark(share, common::Percent(share, std::abs(share * 100 - std::round(share * 100)) < 1e-6 ? 0 : 1));
  }
  for (auto* range : {&lows, &highs}) {
    for (auto& [coverage, share] : *range) share = std::max(share, lowest);
    chart.Path(*range, "fill=\"none\" stroke=\"var(--faint)\" stroke-dasharray=\"3 3\"");
  }
  for (auto& [coverage, share] : precisions) share = std::max(share, lowest);
  chart.Path(precisions, "fill=\"none\" stroke=\"var(--mark)\" stroke-width=\"2\"");
  double last_label = 2;
  for (const double threshold : kThresholds) {
    const statistics::Proportion precision = thresholds.Precision(threshold);
    const double coverage = thresholds.Coverage(threshold).value();
    if (threshold == 0 || !precision.defined() || precision.value() < lowest) continue;
    chart.Point(coverage, precision.value());
    if (last_label - coverage < 0.1 || coverage < 0.02) continue;
    chart.Label(coverage, precision.value(),
                common::Decimal(threshold, threshold < 0.95   ? 1
                                           : threshold > 0.99 ? 3
                                                              : 2));
    last_label = coverage;
  }
  return chart.Finished();
}

}  // namespace

Charts MakeCharts(const Evaluation& evaluation) {
  return {{"reliability", ReliabilityChart(evaluation) + ScoreChart(evaluation)},
          {"thresholds", CoverageChart(evaluation)}};
}

}  // namespace evaluate
