// How large a share of texts is positive, and how sure that is.
#include "share.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "cli/program.h"

namespace uses {
namespace {

constexpr double kNormalQuantile = 1.959963984540054;  // 97.5 % of the standard normal distribution lies below

using Json = nlohmann::ordered_json;

std::string Percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", 100 * share);
  return text;
}

}  // namespace

double Rounded(double share) { return std::round(share * 1e6) / 1e6; }

Interval WilsonInterval(const Share& share) {
  if (share.count == 0) return {};
  const auto n = static_cast<double>(share.count);
  const double p = share.value();
  const double z2 = kNormalQuantile * kNormalQuantile;
  const double centre = (p + z2 / (2 * n)) / (1 + z2 / n);
  const double half = kNormalQuantile / (1 + z2 / n) * std::sqrt(p * (1 - p) / n + z2 / (4 * n * n));
  return {share.positive == 0 ? 0.0 : std::max(0.0, centre - half),
          share.positive == share.count ? 1.0 : std::min(1.0, centre + half)};
}

const char* Conclusion(const Share& share, std::size_t few) {
  if (share.count < few) return "too few to conclude";
  const Interval interval = WilsonInterval(share);
  return interval.low > 0.5 ? "mostly positive" : interval.high < 0.5 ? "mostly negative" : "undecided";
}

std::string Described(const Share& share, std::size_t few) {
  const Interval interval = WilsonInterval(share);
  return Percent(share.value()) + " % positive (95 % interval " + Percent(interval.low) + " to " +
         Percent(interval.high) + " %), " + Conclusion(share, few);
}

void AddTo(Json& object, const Share& share, std::size_t few) {
  const Interval interval = WilsonInterval(share);
  object["positive"] = share.positive;
  object["share"] = share.count > 0 ? Json(Rounded(share.value())) : Json();
  object["low"] = Rounded(interval.low);
  object["high"] = Rounded(interval.high);
  object["conclusion"] = Conclusion(share, few);
}

std::size_t FindLabel(const valence::Classifier& classifier, const std::string& option, const std::string& label) {
  const auto labels = classifier.labels();
  const auto found = std::find(labels.begin(), labels.end(), label);
  if (found != labels.end()) return static_cast<std::size_t>(found - labels.begin());
  std::string known;
  for (const std::string& name : labels) known += (known.empty() ? "" : ", ") + name;
  throw cli::UsageError(option + ": expected a label of the model (" + known + "), found " + label);
}

}  // namespace uses
