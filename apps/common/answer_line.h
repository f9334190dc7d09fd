// The JSON line that answers a JSON line: the command line tool's and the server's.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json_object.h"
#include "valence/classifier.h"

namespace common {

// What a line has beyond "label", "score" and "truncated".
struct AnswerKeys {
  bool scores = false;  // {LABEL: probability, ..}
  bool logits = false;  // [..]
  bool tokens = false;  // [ids]; with mean-of-windows an array for each window
};

// The object with the answer to its text added, and the line end.
std::string AnswerLine(JsonObject object, std::string_view text, const valence::Prediction& prediction,
                       const valence::Classifier& classifier, const AnswerKeys& keys);

// The answer to a line that cannot be read, with the line end; line: its number, from 1.
std::string ErrorLine(std::size_t line, const std::string& reason);

}  // namespace common
