// What is said of the share of positive texts.
#include "share.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "common/program.h"

namespace uses {
namespace {

using Json = nlohmann::ordered_json;

std::string Percent(double share) {
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", 100 * share);
  return text;
}

}  // namespace

double Rounded(double share) { return std::round(share * 1e6) / 1e6; }

const char* Conclusion(const cli::Proportion& share, std::size_t few) {
  if (share.total < few) return "too few to conclude";
  const cli::Interval interval = share.interval();
  return interval.low > 0.5 ? "mostly positive" : interval.high < 0.5 ? "mostly negative" : "undecided";
}

std::string Described(const cli::Proportion& share, std::size_t few) {
  const cli::Interval interval = share.interval();
  return Percent(share.value()) + " % positive (95 % interval " + Percent(interval.low) + " to " +
         Percent(interval.high) + " %), " + Conclusion(share, few);
}

void AddTo(Json& object, const cli::Proportion& share, std::size_t few) {
  const cli::Interval interval = share.interval();
  object["positive"] = share.count;
  object["share"] = share.defined() ? Json(Rounded(share.value())) : Json();
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
