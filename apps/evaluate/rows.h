// Labelled rows from the records of a table. Records that cannot be judged are reported, counted and left out.
#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "common/overlap.h"
#include "common/program.h"
#include "evaluation.h"
#include "labels.h"
#include "table/reader.h"

namespace evaluate {

enum class Problem { kMalformed, kNoText, kEmptyText, kNoLabel, kUnknownLabel };
inline constexpr std::size_t kProblems = 5;
const char* Name(Problem problem);  // "malformed record", ..

using RowBatch = common::Batch<std::vector<Row>>;  // each row's text is moved to the batch's texts

class Rows {
 public:
  struct Columns {
    std::string text;
    std::string label;
    std::vector<std::string> slices;
    bool labelled = true;  // else no label is looked for, and Row::label is 0
  };
  struct Found {
    std::size_t count = 0;
    std::vector<std::size_t> first_lines;  // the first kLinesKept
  };
  static constexpr std::size_t kLinesKept = 20;

  // The reader and the labels must outlive the rows. Throws std::runtime_error when the table has no such column.
  Rows(table::Reader& reader, const LabelMap& labels, Columns columns);

  // The next rows to classify in one call; nothing at the end. Reports each record that is left out on standard error.
  std::optional<RowBatch> NextBatch();

  // Whether NextBatch() would return without waiting for input.
  bool Ready() { return reader_.Ready(); }

  const Found& found(Problem problem) const { return found_[static_cast<std::size_t>(problem)]; }
  std::size_t records() const { return records_; }
  std::size_t left_out() const;

  // After the last row. Prints an error line with the number of rows left out and returns kFailed, if there are any.
  common::ExitCode Finish() const { return bad_rows_.Finish(records_); }

 private:
  std::optional<Row> Judge(const table::Record& record);
  void LeaveOut(const table::Record& record, Problem problem, const std::string& reason);

  table::Reader& reader_;
  const LabelMap& labels_;
  Columns columns_;
  common::BadRows bad_rows_;
  std::array<Found, kProblems> found_;
  std::size_t records_ = 0;
};

}  // namespace evaluate
