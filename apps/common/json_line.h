// A JSON object from a line, for all programs that read JSON lines.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace cli {

// Keys keep their order; of a key that comes twice the last value stands, in the first one's place. Time grows with the
// line's length, however many keys one object has.
// Throws std::invalid_argument saying what was expected and what was found: the line is not
// JSON, no object, or nested deeper than 200 levels.
nlohmann::ordered_json ParseJsonObject(const std::string& line);

}  // namespace cli
