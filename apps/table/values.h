// What the programs take out of a table's records.
#pragma once

#include <string>

#include "table/reader.h"

namespace uses {

// The value in the column. Throws std::invalid_argument where the record is malformed or has none.
const std::string& Value(const table::Record& record, const std::string& column);

// The same for a text: one of a JSON object must be a string. Throws std::invalid_argument for a blank one, too.
const std::string& Text(const table::Record& record, const std::string& column);

// No more than white space of ASCII.
bool IsBlank(std::string_view text);

}  // namespace uses
