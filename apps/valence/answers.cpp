// From an input line to the text to classify, and from a prediction to the output line.
#include "answers.h"

#include <stdexcept>
#include <utility>

#include "common/answer_line.h"
#include "common/json_line.h"
#include "common/numbers.h"
#include "common/text.h"

namespace cli {

using Json = nlohmann::ordered_json;

std::optional<Request> ParseLine(std::string line, std::size_t number, const Arguments& arguments) {
  if (arguments.jsonl && common::IsBlank(line)) return std::nullopt;
  Request request;
  request.number = number;
  if (arguments.jsonl) {
    try {
      request.object = common::JsonObject::Parse(line);
      request.text = request.object.StringAt("text");
    } catch (const std::invalid_argument& error) {
      request.error = error.what();
    }
    return request;
  }
  if (arguments.WritesJson()) request.object.Set("text", line);
  request.text = std::move(line);
  return request;
}

void AppendError(const Request& request, std::string& out) { out += common::ErrorLine(request.number, request.error); }

void AppendPlain(const Request& request, const valence::Prediction& prediction, std::string& out) {
  out += common::OneLine(prediction.label) + '\t' + common::Decimal(static_cast<double>(prediction.score), 4) + '\t';
  for (const char c : request.text) out += c == '\n' ? ' ' : c;  // a TEXT argument may hold line ends
  out += '\n';
}

void AppendJson(Request&& request, const valence::Prediction& prediction, const valence::Classifier& classifier,
                const Arguments& arguments, std::string& out) {
  out += common::AnswerLine(std::move(request.object), request.text, prediction, classifier,
                            {arguments.scores, arguments.logits, arguments.tokens});
}

void AppendTokens(Request&& request, const valence::Tokenizer& tokenizer, std::size_t max_tokens,
                  const valence::TextPreparation& preparation, std::string& out) {
  std::string prepared = valence::prepare(request.text, preparation);
  const valence::Encoding encoding = tokenizer.encode(prepared, max_tokens);
  Json pieces = Json::array();
  for (const auto id : encoding.ids) pieces.push_back(std::string(tokenizer.piece(id)));
  if (preparation != valence::TextPreparation{}) request.object.Set("prepared", prepared);
  request.object.Set("tokens", encoding.ids);
  request.object.Set("pieces", pieces);
  request.object.Set("truncated", encoding.truncated);
  out += request.object.ToLine();
}

}  // namespace cli
