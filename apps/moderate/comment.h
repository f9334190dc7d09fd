// A comment: from an input line to its decision and its output line.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "arguments.h"
#include "common/json_object.h"
#include "common/overlap.h"
#include "decision.h"
#include "valence/classifier.h"

namespace moderate {

struct Comment {
  std::string line;                          // without its line end
  std::string end;                           // its line end
  std::string text;                          // what is classified
  std::optional<common::JsonObject> object;  // of a JSON line
  std::string error;                         // why the line holds no text; empty if it does
  Decision decision = kUnsure;
  std::optional<float> probability;
};

// The comment of a line with its line end. A malformed line gets an `error`, never an exception.
Comment ParseComment(std::string line, const Arguments& arguments);

using CommentBatch = common::Batch<std::vector<Comment>>;  // each comment's text is moved to the batch's texts

// Decides each comment by the probability of `label`; those without a text stay unsure. predictions: [comments]
void Judge(CommentBatch& batch, const std::vector<valence::Prediction>& predictions, std::size_t label,
           const Arguments& arguments);

// The output line that shows the decision: JSON, or fields separated by tabs.
std::string Labelled(Comment&& comment, bool as_json);

}  // namespace moderate
