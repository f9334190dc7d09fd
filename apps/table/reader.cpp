// Records with named columns from TSV, CSV or JSON lines, one at a time.
#include "reader.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "common/text.h"
#include "csv.h"

namespace table {
namespace {

common::LineOptions LinesOf(const ReaderOptions& options) {
  common::LineOptions lines = options.lines;
  lines.longest = options.longest_record;
  return lines;
}

// What separates the fields of CSV, by the header line.
char DelimiterOf(std::string_view header) {
  bool is_quoted = false;
  int more_semicolons = 0;
  for (const char c : header) {
    if (c == '"') is_quoted = !is_quoted;
    if (!is_quoted) more_semicolons += (c == ';' ? 1 : 0) - (c == ',' ? 1 : 0);
  }
  return more_semicolons > 0 ? ';' : ',';
}

std::string_view WithoutEnd(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace

std::string InputName(const std::string& path) { return path == "-" ? "standard input" : path; }

const std::string* Record::Find(std::string_view column) const {
  const auto found =
      std::find_if(fields.begin(), fields.end(), [&](const auto& field) { return field.first == column; });
  return found == fields.end() ? nullptr : &found->second;
}

Reader::Reader(int fd, std::string name, Format format, ReaderOptions options)
    : file_(fd),
      name_(std::move(name)),
      format_(format),
      options_(std::move(options)),
      lines_(file_.fd(), name_, LinesOf(options_)) {
  ReadHeader();
}

Reader::Reader(const std::string& path, Format format, ReaderOptions options)
    : file_(path == "-" ? common::File(STDIN_FILENO) : common::File(path, O_RDONLY)),
      name_(InputName(path)),
      format_(format),
      options_(std::move(options)),
      lines_(file_.fd(), name_, LinesOf(options_)) {
  ReadHeader();
}

std::optional<Record> Reader::Next() {
  const auto is_blank = [this](const Record& record) {
    if (!record.error.empty()) return false;
    if (format_ == Format::kJsonLines) return common::IsBlank(record.raw);
    return WithoutEnd(record.raw).empty() && options_.columns.size() != 1;  // in a table of one column it is a value
  };
  auto record = NextRecord();
  while (record && is_blank(*record)) record = NextRecord();
  return record;
}

bool Reader::Ready() {
  try {
    return window_.HasFailed() || !again_.empty() || lines_.Ready();
  } catch (const common::LineTooLong&) {
    return true;
  }
}

std::vector<Record> Reader::NextWindow() {
  return window_.Take([this] { return Next(); }, [this] { return Ready(); },
                      [](const Record& record) { return record.raw.size(); });
}

void Reader::RequireColumn(std::string_view column) const {
  const auto& columns = options_.columns;
  if (format_ == Format::kJsonLines || std::find(columns.begin(), columns.end(), column) != columns.end()) return;
  throw std::runtime_error(name_ + ": expected a column \"" + std::string(column) + "\", found " +
                           common::Joined(columns, ", "));
}

void Reader::ReadHeader() {
  if (options_.delimiter == '\0' && format_ == Format::kTsv) options_.delimiter = '\t';
  if (format_ == Format::kJsonLines || !options_.columns.empty()) {
    if (options_.delimiter == '\0') options_.delimiter = ',';
    return;
  }
  const auto line = NextLine();
  if (!line) throw std::runtime_error(name_ + ": expected a header line that names the columns, found nothing");
  if (options_.delimiter == '\0') options_.delimiter = DelimiterOf(line->text);
  Record header;
  header.line = line->number;
  std::vector<std::string> names = ReadValues(*line, header);
  if (!header.error.empty()) throw std::runtime_error(name_ + ":1: header line: " + header.error);
  for (auto name = names.begin(); name != names.end(); ++name) {
    if (std::find(names.begin(), name, *name) != name) {
      throw std::runtime_error(name_ + ":1: header line: the column \"" + *name + "\" is there twice");
    }
  }
  options_.columns = std::move(names);
}

std::optional<Reader::Line> Reader::NextLine() {
  if (!again_.empty()) {
    Line line = std::move(again_.front());
    again_.pop_front();
    return line;
  }
  Line line;
  try {
    auto text = lines_.NextWithEnd();
    if (!text) return std::nullopt;
    line.text = std::move(*text);
    line.too_long = line.text.size() > options_.longest_record;
  } catch (const common::LineTooLong&) {
    lines_.SkipLine();
    line.too_long = true;
  }
  if (line.too_long) line.text.clear();
  line.number = ++lines_read_;
  return line;
}

std::optional<Record> Reader::NextRecord() {
  const auto line = NextLine();
  if (!line) return std::nullopt;
  Record record;
  record.line = line->number;
  if (format_ == Format::kJsonLines) {
    ReadObject(*line, record);
  } else {
    std::vector<std::string> values = ReadValues(*line, record);
    const std::size_t expected = options_.columns.size();
    if (record.error.empty() && !WithoutEnd(record.raw).empty() && values.size() != expected) {
      record.error = "expected " + std::to_string(expected) + " columns, found " + std::to_string(values.size());
    }
    for (std::size_t i = 0; record.error.empty() && i < std::min(expected, values.size()); ++i) {
      record.fields.emplace_back(options_.columns[i], std::move(values[i]));
    }
  }
  return record;
}

// Sets the record's `raw` too, and its `error` where the line is malformed.
std::vector<std::string> Reader::ReadValues(const Line& line, Record& record) {
  if (line.too_long) {
    record.error = TooLong();
    return {};
  }
  if (format_ == Format::kCsv) return ReadCsv(line, record);
  record.raw = line.text;
  const auto fields = common::Split(WithoutEnd(line.text), options_.delimiter);
  return {fields.begin(), fields.end()};
}

std::vector<std::string> Reader::ReadCsv(const Line& first, Record& record) {
  CsvRecord csv(options_.delimiter);
  std::deque<Line> taken = {first};
  std::size_t bytes = 0;
  try {
    while (!csv.Take(taken.back().text)) {
      bytes += taken.back().text.size();
      auto next = NextLine();
      if (!next)
        throw std::invalid_argument("expected the closing quote of a quoted field, found the end of the input");
      taken.push_back(std::move(*next));
      if (taken.back().too_long || bytes + taken.back().text.size() > options_.longest_record) {
        throw std::invalid_argument(TooLong() + ": expected the closing quote of a quoted field");
      }
    }
    for (const Line& line : taken) record.raw += line.text;
    return std::move(csv.fields());
  } catch (const std::invalid_argument& error) {
    record.error = error.what();
    if (taken.size() > 1) record.error += " (line " + std::to_string(taken.back().number) + ")";
    record.raw = first.text;
    again_.insert(again_.begin(), std::make_move_iterator(taken.begin() + 1), std::make_move_iterator(taken.end()));
    return {};
  }
}

void Reader::ReadObject(const Line& line, Record& record) const {
  record.raw = line.text;
  if (line.too_long) {
    record.error = TooLong();
  } else if (!common::IsBlank(line.text)) {
    try {
      record.object = common::JsonObject::Parse(WithoutEnd(line.text));
    } catch (const std::invalid_argument& error) {
      record.error = error.what();
      return;
    }
    for (const auto& [key, value] : record.object.members()) {
      if (value == "null") continue;
      record.fields.emplace_back(key, value.front() == '"' ? common::DecodedJsonString(value) : value);
    }
  }
}

std::string Reader::TooLong() const {
  return "a record of more than " + std::to_string(options_.longest_record) + " bytes";
}

}  // namespace table
