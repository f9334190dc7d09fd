// From an input line to the text to classify, and from a prediction to the output line.
#include "answers.h"

#include <charconv>
#include <stdexcept>

#include "common/json_line.h"

namespace cli {
namespace {

using Json = nlohmann::ordered_json;

void AppendLine(const Json& object, std::string& out) {
  // Invalid UTF-8 in a plain line becomes U+FFFD: a JSON text cannot hold it.
  out += object.dump(-1, ' ', false, Json::error_handler_t::replace);
  out += '\n';
}

// The double that prints as the float's own shortest decimal does: 0.1f as 0.1, not as 0.10000000149011612.
double Shortest(float value) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
  double result = value;  // stays for NaN and infinities, which print as null
  std::from_chars(digits, end, result);
  return result;
}

// An object with a string "text".
Json ParseObject(const std::string& line) {
  Json object = ParseJsonObject(line);
  const auto text = object.find("text");
  if (text == object.end()) throw std::invalid_argument("the object has no \"text\"");
  if (!text->is_string())
    throw std::invalid_argument(std::string("expected a string as \"text\", found ") + text->type_name());
  return object;
}

}  // namespace

std::string_view Request::text() const {
  return object.is_object() ? std::string_view(object.at("text").get_ref<const std::string&>())
                            : std::string_view(line);
}

Request ParseLine(std::string line, std::size_t number, const Arguments& arguments) {
  Request request;
  request.number = number;
  if (arguments.jsonl) {
    try {
      request.object = ParseObject(line);
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
  AppendLine({{"line", request.number}, {"error", request.error}}, out);
}

void AppendPlain(const Request& request, const valence::Prediction& prediction, std::string& out) {
  char score[32];
  const auto end = std::to_chars(score, score + sizeof score, prediction.score, std::chars_format::fixed, 4).ptr;
  out.append(prediction.label).append(1, '\t').append(score, end).append(1, '\t');
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
  object["score"] = Shortest(prediction.score);
  object["truncated"] = prediction.truncated;
  if (arguments.scores) {
    Json& scores = object["scores"] = Json::object();
    for (std::size_t i = 0; i < prediction.scores.size(); ++i) {
      scores[classifier.labels()[i]] = Shortest(prediction.scores[i]);
    }
  }
  if (arguments.logits) {
    Json& logits = object["logits"] = Json::array();
    for (const float logit : prediction.logits) logits.push_back(Shortest(logit));
  }
  if (arguments.tokens) object["tokens"] = std::move(tokens);
  AppendLine(object, out);
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
  AppendLine(request.object, out);
}

}  // namespace cli
