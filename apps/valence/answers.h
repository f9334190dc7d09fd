// From an input line to the text to classify, and from a prediction to the output line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "arguments.h"
#include "common/json_object.h"
#include "valence/classifier.h"

namespace cli {

// One input line on its way to its answer.
struct Request {
  std::size_t number = 0;     // of the line, from 1
  std::string text;           // what is classified
  common::JsonObject object;  // JSON output: the object that the answer is added to; it holds "text"
  std::string error;          // why the line holds no text; empty if it does
};

// Reads the line as plain text or JSON. Nothing for a blank line of JSON lines. A malformed line gets an `error`, never
// an exception.
std::optional<Request> ParseLine(std::string line, std::size_t number, const Arguments& arguments);

// Each appends one output line.
void AppendError(const Request& request, std::string& out);
void AppendPlain(const Request& request, const valence::Prediction& prediction, std::string& out);
void AppendJson(Request&& request, const valence::Prediction& prediction, const valence::Classifier& classifier,
                const Arguments& arguments, std::string& out);
void AppendTokens(Request&& request, const valence::Tokenizer& tokenizer, std::size_t max_tokens,
                  const valence::TextPreparation& preparation, std::string& out);

}  // namespace cli
