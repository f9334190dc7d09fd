// Records with named columns from TSV, CSV or JSON lines, one at a time.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "common/file.h"
#include "common/json_object.h"
#include "common/line_reader.h"
#include "common/window.h"
#include "format.h"

namespace table {

// The input's name in messages: "-" is standard input.
std::string InputName(const std::string& path);

struct Record {
  std::size_t line = 0;  // its first one in the input, from 1
  std::string error;     // of a malformed record: what was expected and what was found; beside it only `raw` is set
  std::string raw;       // as read, with its line end; empty when it was too long

  // In the order of the columns. JSON strings are unquoted, other values are JSON as it was read; null is left out.
  std::vector<std::pair<std::string, std::string>> fields;
  common::JsonObject object;  // JSON lines: all of it

  // The value in the column, or nullptr when the record has none.
  const std::string* Find(std::string_view column) const;
};

struct ReaderOptions {
  // TSV and CSV: the names of the columns when the input has no header line.
  std::vector<std::string> columns;
  // CSV: what separates the fields; 0: a comma, or a semicolon where the header line has more semicolons than commas
  // outside quotes. TSV: 0 is a tab.
  char delimiter = '\0';
  common::LineOptions lines = {};  // `longest` is replaced by longest_record
  // A longer record is malformed. About one record is held in memory.
  std::size_t longest_record = std::size_t{1} << 20;  // bytes
};

// Blank lines are skipped (in JSON lines also those of white space), but in a TSV or CSV table of one column a blank
// line is an empty value. For one thread.
class Reader {
 public:
  // `fd` stays the caller's; `name` stands in error messages. Reads the header line.
  // Throws std::runtime_error naming the input and what is wrong with its header.
  Reader(int fd, std::string name, Format format, ReaderOptions options = {});

  // Opens `path`, "-" for standard input.
  Reader(const std::string& path, Format format, ReaderOptions options = {});

  // The next record, or nothing at the end. A malformed one has its `error` set, and the next record begins on the line
  // after the malformed one's first line: an unclosed quote does not swallow the records after it. Throws
  // std::runtime_error when reading fails.
  std::optional<Record> Next();

  // Whether the next line could be read without waiting for more input.
  bool Ready();

  // The next records to classify in one call (see common::Window); empty at the end.
  std::vector<Record> NextWindow();

  // Throws std::runtime_error naming the input and its columns when a TSV or CSV table has no such column.
  void RequireColumn(std::string_view column) const;

  const std::string& name() const { return name_; }
  const std::vector<std::string>& columns() const { return options_.columns; }  // empty for JSON lines

 private:
  struct Line {
    std::size_t number = 0;
    std::string text;  // with its line end
    bool too_long = false;
  };

  void ReadHeader();
  std::optional<Line> NextLine();
  std::optional<Record> NextRecord();
  std::vector<std::string> ReadValues(const Line& line, Record& record);
  std::vector<std::string> ReadCsv(const Line& first, Record& record);
  void ReadObject(const Line& line, Record& record) const;
  std::string TooLong() const;

  common::File file_;
  std::string name_;
  Format format_;
  ReaderOptions options_;
  common::LineReader lines_;
  common::Window window_;
  std::size_t lines_read_ = 0;
  std::deque<Line> again_;  // lines of a malformed record that may be records themselves
};

}  // namespace table
