// A comment: from an input line to its decision and its output line.
#include "comment.h"

#include <stdexcept>

#include "common/numbers.h"
#include "common/text.h"

namespace moderate {
namespace {

using Json = nlohmann::ordered_json;

Decision Decide(const Comment& comment, const valence::Prediction& prediction, const Arguments& arguments) {
  const double p = *comment.probability;
  if (p >= arguments.threshold + arguments.band) return kFlagged;
  return p < arguments.threshold - arguments.band && !prediction.truncated ? kKept : kUnsure;
}

}  // namespace

Comment ParseComment(std::string line, const Arguments& arguments) {
  Comment comment;
  const std::size_t end_size = line.ends_with("\r\n") ? 2 : line.ends_with('\n') ? 1 : 0;
  comment.end = end_size == 0 ? "\n" : line.substr(line.size() - end_size);
  line.resize(line.size() - end_size);
  comment.line = std::move(line);
  if (!arguments.jsonl) {
    comment.text = comment.line;
    return comment;
  }
  try {
    comment.object = common::JsonObject::Parse(comment.line);
    comment.text = comment.object->StringAt(arguments.text_key);
  } catch (const std::invalid_argument& error) {
    comment.error = error.what();
  }
  return comment;
}

void Judge(CommentBatch& batch, const std::vector<valence::Prediction>& predictions, std::size_t label,
           const Arguments& arguments) {
  std::vector<Comment>& comments = batch.inputs;
  for (std::size_t i = 0; i < comments.size(); ++i) {
    if (!comments[i].error.empty() || common::IsBlank(batch.texts[i])) continue;
    comments[i].probability = predictions[i].scores[label];
    comments[i].decision = Decide(comments[i], predictions[i], arguments);
  }
}

std::string Labelled(Comment&& comment, bool as_json) {
  const std::string probability =
      comment.probability ? common::Decimal(static_cast<double>(*comment.probability), 4) : "-";
  if (!as_json) return kDecisionNames[comment.decision] + ('\t' + probability) + '\t' + comment.line + '\n';
  common::JsonObject object;
  if (comment.object) {
    object = std::move(*comment.object);
  } else {
    object.Set("raw", comment.line);
  }
  if (!comment.error.empty()) object.Set("error", comment.error);
  object.Set("decision", kDecisionNames[comment.decision]);
  object.Set("probability", comment.probability ? Json::parse(probability, nullptr, false) : Json());
  return object.ToLine();
}

}  // namespace moderate
