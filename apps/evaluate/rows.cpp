// Labelled rows from the records of a table. Records that cannot be judged are reported, counted and left out.
#include "rows.h"

#include "arguments.h"
#include "common/text.h"

namespace evaluate {
namespace {

constexpr std::size_t kLongestLabel = 40;  // bytes shown

}  // namespace

const char* Name(Problem problem) {
  switch (problem) {
    case Problem::kMalformed:
      return "malformed record";
    case Problem::kNoText:
      return "no text";
    case Problem::kEmptyText:
      return "empty text";
    case Problem::kNoLabel:
      return "no label";
    case Problem::kUnknownLabel:
      return "unknown label";
  }
  return "";
}

Rows::Rows(table::Reader& reader, const LabelMap& labels, Columns columns)
    : reader_(reader), labels_(labels), columns_(std::move(columns)), bad_rows_(kProgram, reader.name()) {
  reader_.RequireColumn(columns_.text);
  if (columns_.labelled) reader_.RequireColumn(columns_.label);
  for (const std::string& column : columns_.slices) reader_.RequireColumn(column);
}

std::optional<RowBatch> Rows::NextBatch() {
  const auto records = reader_.NextWindow();
  if (records.empty()) return std::nullopt;
  RowBatch batch;
  for (const table::Record& record : records) {
    auto row = Judge(record);
    if (!row) continue;
    batch.texts.push_back(std::move(row->text));
    batch.inputs.push_back(std::move(*row));
  }
  records_ += records.size();
  return batch;
}

std::optional<Row> Rows::Judge(const table::Record& record) {
  const auto refuse = [&](Problem problem, const std::string& reason) {
    LeaveOut(record, problem, reason);
    return std::nullopt;
  };
  if (!record.error.empty()) return refuse(Problem::kMalformed, record.error);
  const std::string* text = record.Find(columns_.text);
  if (!text) return refuse(Problem::kNoText, "expected a text in \"" + columns_.text + "\", found none");
  if (common::IsBlank(*text))
    return refuse(Problem::kEmptyText, "expected a text in \"" + columns_.text + "\", found an empty one");
  Row row{record.line, *text, 0, {}};
  if (columns_.labelled) {
    const std::string* label = record.Find(columns_.label);
    if (!label || common::IsBlank(*label)) {
      return refuse(Problem::kNoLabel, "expected a label in \"" + columns_.label + "\", found none");
    }
    const auto label_id = labels_.Find(*label);
    if (!label_id) {
      return refuse(Problem::kUnknownLabel, "expected one of the labels " + labels_.Known() + ", found \"" +
                                                common::Excerpt(*label, kLongestLabel) + "\"");
    }
    row.label = *label_id;
  }
  for (const std::string& column : columns_.slices) {
    const std::string* value = record.Find(column);
    row.slice_values.push_back(value ? *value : "");
  }
  return row;
}

void Rows::LeaveOut(const table::Record& record, Problem problem, const std::string& reason) {
  Found& found = found_[static_cast<std::size_t>(problem)];
  ++found.count;
  if (found.first_lines.size() < kLinesKept) found.first_lines.push_back(record.line);
  bad_rows_.Add(record.line, reason);
}

std::size_t Rows::left_out() const {
  std::size_t count = 0;
  for (const Found& found : found_) count += found.count;
  return count;
}

}  // namespace evaluate
