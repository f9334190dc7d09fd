// JSON objects as values: those that the programs make themselves and those whose values they look at.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace common {

// Keys keep their order; of a key that comes twice the last value stands, in the first one's place. Time grows with the
// line's length, however many keys one object has.
// Throws std::invalid_argument saying what was expected and what was found: the line is not
// JSON, no object, or nested deeper than 200 levels.
nlohmann::ordered_json ParseJsonObject(const std::string& line);

// Empties the value and allocates nothing. The JSON library's own destructor allocates, unless the value is empty, and
// an allocation that fails there ends the program.
void TakeApart(nlohmann::ordered_json& value) noexcept;

// The object in one line, with its line end. Bytes that are not UTF-8 become U+FFFD: JSON cannot hold them.
// Control characters are escaped.
std::string ToJsonLine(const nlohmann::ordered_json& object);

}  // namespace common
