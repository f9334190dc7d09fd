// What the programs take out of a table's records.
#include "table/values.h"

#include <stdexcept>
#include <string_view>

namespace uses {

const std::string& Value(const table::Record& record, const std::string& column) {
  if (!record.error.empty()) throw std::invalid_argument(record.error);
  const std::string* value = record.Find(column);
  if (value == nullptr) throw std::invalid_argument("expected a value in \"" + column + "\", found none");
  return *value;
}

const std::string& Text(const table::Record& record, const std::string& column) {
  const std::string& text = Value(record, column);
  if (record.object.is_object() && !record.object.at(column).is_string()) {
    throw std::invalid_argument("expected a string in \"" + column + "\", found " +
                                record.object.at(column).type_name());
  }
  if (IsBlank(text)) throw std::invalid_argument("expected a text in \"" + column + "\", found a blank one");
  return text;
}

bool IsBlank(std::string_view text) { return text.find_first_not_of(" \t\r\n\f\v") == std::string_view::npos; }

}  // namespace uses
