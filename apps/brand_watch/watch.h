// The posts of one input, counted by hour, and the hours as output lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "arguments.h"
#include "common/overlap.h"
#include "common/program.h"
#include "periods.h"
#include "table/reader.h"
#include "valence/classifier.h"

namespace brand_watch {

class Watch {
 public:
  using Batch = common::Batch<std::vector<std::int64_t>>;  // posts and their times

  // `name`: the input's, for messages. Throws common::UsageError if the model has no label --label.
  Watch(const Arguments& arguments, const valence::Classifier& classifier, const std::string& name);

  // The posts in a window of records that are watched; nothing if there are no records. Reports those that cannot be
  // used.
  std::optional<Batch> Read(const std::vector<table::Record>& records);

  // Counts the posts of a batch, and prints the hours that are over by the time of the newest post.
  void Count(const Batch& batch, const std::vector<valence::Prediction>& predictions);

  // Prints the hours that are over by the clock.
  void TakeTime();

  // Prints the hours that are left, and how many rows were counted or could not be used.
  common::ExitCode Finish();

 private:
  bool IsWatched(std::string_view text) const;
  void Print(const std::vector<PeriodCount>& counts) const;

  const Arguments& arguments_;
  std::size_t label_;
  Periods periods_;
  common::BadRows bad_rows_;
  std::size_t rows_ = 0;
  std::size_t counted_ = 0;
};

}  // namespace brand_watch
