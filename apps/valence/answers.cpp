// From an input line to the text to classify, and from a prediction to the output line.
#include "answers.h"

#include <stdexcept>

#include "common/json_line.h"
#include "common/numbers.h"

namespace cli {

using Json = nlohmann::ordered_json;

std::string_view Request::text() const {
  return object.is_object() ? std::string_view(object.at("text").get_ref<const std::string&>())
                            : std::string_view(line);
}

Request ParseLine(std::string line, std::size_t number, const Arguments& arguments) {
  Request request;
  request.number = number;
  if (arguments.jsonl) {
    try {
      request.object = common::ParseJsonObject(line);
      common::StringAt(request.object, "text");
    } catch (const std::invalid_argument& error) {
      request.error = error.what();
    }
  } else if (arguments.WritesJson()) {
    request.object["text"] = std::move(line);
  } else {
    request.line = std::move(line);
  }
  return request;
}

void AppendError(const Request& request, std::string& out) {
  out += common::ToJsonLine({{"line", request.number}, {"error", request.error}});
}

void AppendPlain(const Request& request, const valence::Prediction& prediction, std::string& out) {
  out += prediction.label + '\t' + common::Decimal(static_cast<double>(prediction.score), 4) + '\t';
  for (const char c : request.line) out += c == '\n' ? ' ' : c;  // a TEXT argument may hold line ends
  out += '\n';
}

void AppendJson(Request&& request, const valence::Prediction& prediction, const valence::Classifier& classifier,
                const Arguments& arguments, std::string& out) {
  Json& object = request.object;
  Json tokens;
  if (arguments.tokens) {
    for (valence::Encoding& encoding : classifier.encode(request.text())) tokens.push_back(std::move(encoding.ids));
    if (classifier.long_text() != valence::LongText::kMeanOfWindows) tokens = Json(std::move(tokens.front()));
  }
  object["label"] = prediction.label;
  object["score"] = common::Shortest(prediction.score);
  object["truncated"] = prediction.truncated;
  if (arguments.scores) {
    Json& scores = object["scores"] = Json::object();
    for (std::size_t i = 0; i < prediction.scores.size(); ++i) {
      scores[classifier.labels()[i]] = common::Shortest(prediction.scores[i]);
    }
  }
  if (arguments.logits) {
    Json& logits = object["logits"] = Json::array();
    for (const float logit : prediction.logits) logits.push_back(common::Shortest(logit));
  }
  if (arguments.tokens) object["tokens"] = std::move(tokens);
  out += common::ToJsonLine(object);
}

void AppendTokens(Request&& request, const valence::Tokenizer& tokenizer, std::size_t max_tokens,
                  const valence::TextPreparation& preparation, std::string& out) {
  std::string prepared = valence::prepare(request.text(), preparation);
  const valence::Encoding encoding = tokenizer.encode(prepared, max_tokens);
  Json pieces = Json::array();
  for (const auto id : encoding.ids) pieces.push_back(std::string(tokenizer.piece(id)));
  if (preparation != valence::TextPreparation{}) request.object["prepared"] = std::move(prepared);
  request.object["tokens"] = encoding.ids;
  request.object["pieces"] = std::move(pieces);
  request.object["truncated"] = encoding.truncated;
  out += common::ToJsonLine(request.object);
}

}  // namespace cli
