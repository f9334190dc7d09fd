// The fields of one CSV record (RFC 4180), line by line.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace table {

// Fields are separated by commas, or another character. One that holds it, a quote or a line end stands in double
// quotes, and each quote in it is doubled. Quotes inside a field that does not begin with one are taken as they are.
class CsvRecord {
 public:
  explicit CsvRecord(char delimiter = ',') : delimiter_(delimiter) {}

  // Takes the record's next line, with its line end ("\n", "\r\n", or none at the end of the input), and says whether
  // the record is complete; it is not where a quoted field goes on in the next line. Throws std::invalid_argument
  // saying what was expected and what was found.
  bool Take(std::string_view line);

  // Those that are complete.
  std::vector<std::string>& fields() { return fields_; }

 private:
  enum class State { kFieldStart, kPlain, kQuoted, kQuoteInQuoted };

  void Read(char c);
  void EndField();

  char delimiter_;
  std::vector<std::string> fields_;
  std::string field_;
  State state_ = State::kFieldStart;
};

}  // namespace table
