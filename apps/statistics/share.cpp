// A share of positive texts (proportion.h) in words and as JSON.
#include "share.h"

#include "common/numbers.h"

namespace statistics {

using Json = nlohmann::ordered_json;

const char* Conclusion(const Proportion& share, std::size_t few) {
  if (share.total < few) return "too few to conclude";
  const Interval interval = share.interval();
  return interval.low > 0.5 ? "mostly positive" : interval.high < 0.5 ? "mostly negative" : "undecided";
}

std::string Described(const Proportion& share, std::size_t few) {
  return common::Percent(share.value(), 1) + " positive (95 % interval " + Percent(share.interval()) + "), " +
         Conclusion(share, few);
}

void AddTo(Json& object, const Proportion& share, std::size_t few) {
  const Interval interval = share.interval();
  object["positive"] = share.count;
  object["share"] = share.defined() ? Json(common::Rounded(share.value())) : Json();
  object["low"] = common::Rounded(interval.low);
  object["high"] = common::Rounded(interval.high);
  object["conclusion"] = Conclusion(share, few);
}

}  // namespace statistics
