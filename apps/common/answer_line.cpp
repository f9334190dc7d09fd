// The JSON line that answers a JSON line.
#include "answer_line.h"

#include <utility>

#include "json_line.h"
#include "numbers.h"

namespace common {

using Json = nlohmann::ordered_json;

std::string AnswerLine(JsonObject object, std::string_view text, const valence::Prediction& prediction,
                       const valence::Classifier& classifier, const AnswerKeys& keys) {
  object.Set("label", prediction.label);
  object.Set("score", Shortest(prediction.score));
  object.Set("truncated", prediction.truncated);
  if (classifier.problem_type() == valence::ProblemType::kRegression) object.Set("problem_type", "regression");
  if (keys.scores) {
    Json scores = Json::object();
    for (std::size_t i = 0; i < prediction.scores.size(); ++i) {
      scores[classifier.labels()[i]] = Shortest(prediction.scores[i]);
    }
    object.Set("scores", scores);
  }
  if (keys.logits) {
    Json logits = Json::array();
    for (const float logit : prediction.logits) logits.push_back(Shortest(logit));
    object.Set("logits", logits);
  }
  if (keys.tokens) {
    Json tokens;
    for (valence::Encoding& encoding : classifier.encode(text)) tokens.push_back(std::move(encoding.ids));
    object.Set("tokens", classifier.long_text() == valence::LongText::kMeanOfWindows ? tokens : tokens.front());
  }
  return object.ToLine();
}

std::string ErrorLine(std::size_t line, const std::string& reason) {
  return ToJsonLine({{"line", line}, {"error", reason}});
}

}  // namespace common
