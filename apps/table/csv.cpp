// The fields of one CSV record (RFC 4180), line by line.
#include "csv.h"

#include <stdexcept>
#include <utility>

namespace table {

bool CsvRecord::Take(std::string_view line) {
  const std::string_view body = line.substr(0, line.find_last_not_of("\r\n") + 1);
  for (const char c : body) Read(c);
  if (state_ == State::kQuoted) {
    field_ += line.substr(body.size());
    return false;
  }
  EndField();
  return true;
}

void CsvRecord::Read(char c) {
  switch (state_) {
    case State::kFieldStart:
    case State::kPlain:
      if (c == delimiter_) {
        EndField();
      } else if (c == '"' && state_ == State::kFieldStart) {
        state_ = State::kQuoted;
      } else if (c == '\r' || c == '\n') {
        throw std::invalid_argument("expected a line end of LF or CR LF, found a CR alone outside quotes");
      } else {
        field_ += c;
        state_ = State::kPlain;
      }
      break;
    case State::kQuoted:
      if (c == '"') {
        state_ = State::kQuoteInQuoted;
      } else {
        field_ += c;
      }
      break;
    case State::kQuoteInQuoted:
      if (c == delimiter_) {
        EndField();
      } else if (c == '"') {
        field_ += c;
        state_ = State::kQuoted;
      } else {
        throw std::invalid_argument("expected " +
                                    (delimiter_ == ',' ? "a comma" : std::string("'") + delimiter_ + '\'') +
                                    " or a line end after the closing quote of field " +
                                    std::to_string(fields_.size() + 1) + ", found '" + c + "'");
      }
      break;
  }
}

void CsvRecord::EndField() {
  fields_.push_back(std::exchange(field_, {}));
  state_ = State::kFieldStart;
}

}  // namespace table
