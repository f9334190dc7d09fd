// Values and texts of a table's records, or the reason why there are none.
#include "values.h"

#include <stdexcept>

#include "common/text.h"

namespace table {

const std::string& Value(const Record& record, const std::string& column) {
  if (!record.error.empty()) throw std::invalid_argument(record.error);
  const std::string* value = record.Find(column);
  if (value == nullptr) throw std::invalid_argument("expected a value in \"" + column + "\", found none");
  return *value;
}

const std::string& Text(const Record& record, const std::string& column) {
  const std::string& text = Value(record, column);
  const std::string* json = record.object.Find(column);  // none in TSV and CSV
  if (json != nullptr && json->front() != '"') {
    throw std::invalid_argument("expected a string in \"" + column + "\", found " + common::JsonType(*json));
  }
  if (common::IsBlank(text)) throw std::invalid_argument("expected a text in \"" + column + "\", found a blank one");
  return text;
}

}  // namespace table
