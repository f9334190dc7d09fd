// The posts of one input, counted by hour, and the hours as output lines.
#include "watch.h"

#include <algorithm>
#include <cctype>
#include <ctime>
#include <stdexcept>

#include "common/json_line.h"
#include "common/model_options.h"
#include "common/numbers.h"
#include "common/output.h"
#include "statistics/share.h"
#include "table/values.h"
#include "time_stamp.h"

namespace brand_watch {
namespace {

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Whether the name stands in the text as a word of its own.
bool Mentions(std::string_view text, std::string_view name) {
  const auto is_letter = [&](auto at) {
    return at != text.end() && std::isalnum(static_cast<unsigned char>(*at)) != 0;
  };
  auto found = text.begin();
  while ((found = std::search(found, text.end(), name.begin(), name.end(), SameLetter)) != text.end()) {
    const bool begins = found == text.begin() || !is_letter(found - 1);
    if (begins && !is_letter(found + static_cast<std::ptrdiff_t>(name.size()))) return true;
    ++found;
  }
  return false;
}

std::string Row(const PeriodCount& count, const Arguments& arguments) {
  const std::string begin = FormatTimeStamp(count.begin);
  const std::string end = FormatTimeStamp(count.end);
  if (arguments.json) {
    nlohmann::ordered_json row = {{"from", begin}, {"to", end}, {"posts", count.share.total}};
    statistics::AddTo(row, count.share, arguments.few);
    row["revised"] = count.revised;
    return common::ToJsonLine(row);
  }
  std::string row = begin;
  if (count.end - count.begin > arguments.period) row += " to " + end;
  if (count.share.total == 0) return row + "  no posts\n";
  row += "  " + common::Count(count.share.total, "post") + "  " + statistics::Described(count.share, arguments.few);
  return row + (count.revised ? "  revised\n" : "\n");
}

}  // namespace

Watch::Watch(const Arguments& arguments, const valence::Classifier& classifier, const std::string& name)
    : arguments_(arguments),
      label_(common::FindLabel(classifier.labels(), "--label", arguments.label)),
      periods_(arguments.period, arguments.late),
      bad_rows_(kProgram, name) {}

std::optional<Watch::Batch> Watch::Read(const std::vector<table::Record>& records) {
  if (records.empty()) return std::nullopt;
  Batch batch;
  const std::int64_t now = std::time(nullptr);
  for (const table::Record& record : records) {
    ++rows_;
    try {
      const std::string& text = table::Text(record, arguments_.text_key);
      const std::int64_t time = ParseTimeStamp(table::Value(record, arguments_.time_key), now);
      if (!IsWatched(text)) continue;
      batch.texts.push_back(text);
      batch.inputs.push_back(time);
    } catch (const std::invalid_argument& error) {
      bad_rows_.Add(record.line, error.what());
    }
  }
  return batch;
}

void Watch::Count(const Batch& batch, const std::vector<valence::Prediction>& predictions) {
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    periods_.Add(batch.inputs[i], predictions[i].label_id == label_);
  }
  counted_ += predictions.size();
  // A clock that is fast closes no hour.
  Print(periods_.Close(std::min<std::int64_t>(periods_.newest(), std::time(nullptr))));
}

void Watch::TakeTime() { Print(periods_.Close(std::time(nullptr))); }

common::ExitCode Watch::Finish() {
  Print(periods_.CloseAll());
  common::PrintNote(kProgram, std::to_string(rows_) + " rows: " + std::to_string(counted_) + " posts counted, " +
                                  std::to_string(periods_.late_posts()) + " of them after their hour was printed");
  return bad_rows_.Finish(rows_);
}

bool Watch::IsWatched(std::string_view text) const {
  return arguments_.brands.empty() || std::any_of(arguments_.brands.begin(), arguments_.brands.end(),
                                                  [&](const std::string& brand) { return Mentions(text, brand); });
}

void Watch::Print(const std::vector<PeriodCount>& counts) const {
  std::string rows;
  for (const PeriodCount& count : counts) rows += Row(count, arguments_);
  common::WriteLines(rows);
}

}  // namespace brand_watch
