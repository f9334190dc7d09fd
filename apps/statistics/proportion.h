// A share of counted things, with what the count allows to conclude from it.
#pragma once

#include <cstddef>

namespace cli {

struct Interval {
  double low = 0;
  double high = 1;
};

struct Proportion {
  std::size_t count = 0;
  std::size_t total = 0;

  bool defined() const { return total > 0; }
  double value() const { return static_cast<double>(count) / static_cast<double>(total); }  // if defined()

  // The Wilson score interval at 95 % (E. B. Wilson, 1927); [0, 1] when nothing was counted.
  Interval interval() const;

  // Whether that interval is wider than ten points: too little was counted to conclude anything from the share.
  bool TooSmall() const;
};

}  // namespace cli
