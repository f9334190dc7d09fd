// Values and texts of a table's records, or the reason why there are none.
#pragma once

#include <string>

#include "reader.h"

namespace table {

// The value in the column. Throws std::invalid_argument if the record is malformed or has none.
const std::string& Value(const Record& record, const std::string& column);

// The same for a text: in a JSON object it must be a string. Throws std::invalid_argument for a blank text, too.
const std::string& Text(const Record& record, const std::string& column);

}  // namespace table
