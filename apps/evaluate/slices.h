// Accuracy by the values of a column, and by the length of the text.
#pragma once

#include <array>
#include <cstddef>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "statistics/proportion.h"

namespace evaluate {

struct Slice {
  std::string value;
  statistics::Proportion right;
};

// The slices of one column. Memory is bounded: values beyond the first kMost share a slice.
class Slices {
 public:
  static constexpr std::size_t kMost = 200;

  explicit Slices(std::string column) : column_(std::move(column)) {}

  void Add(std::string_view value, bool is_right);

  const std::string& column() const { return column_; }

  // The largest first.
  std::vector<Slice> BySize() const;

 private:
  std::string column_;
  std::map<std::string, statistics::Proportion, std::less<>> slices_;
};

// The slices by the number of words, which are what white space separates.
class Lengths {
 public:
  void Add(std::string_view text, bool is_right);

  // Those with rows, the shortest texts first.
  std::vector<Slice> ByLength() const;

 private:
  static constexpr std::array<std::size_t, 8> kMostWords = {4, 8, 16, 32, 64, 128, 256, 512};

  std::array<statistics::Proportion, kMostWords.size() + 1> slices_;  // the last one: longer texts
};

// The 95 % interval (R. G. Newcombe, 1998, method 10) of the share in `part` less the share in the rest of `all`; [-1,
// 1] when one of them is empty.
statistics::Interval DifferenceFromRest(const statistics::Proportion& part, const statistics::Proportion& all);

// What follows from it; kTooSmall where it holds 0 and the part alone would not bear a conclusion either.
enum class Difference { kTooSmall, kNone, kLower, kHigher };
Difference Compare(const statistics::Proportion& part, const statistics::Proportion& all);

}  // namespace evaluate
