// The Hugging Face Inference API for text classification.
#include <algorithm>
#include <cmath>
#include <utility>

#include "json.h"
#include "service.h"

namespace server {
namespace {

enum class Function { kOfTheModel, kSoftmax, kSigmoid, kNone };

Function ReadFunction(const Json& parameters) {
  const auto found = parameters.find("function_to_apply");
  if (found == parameters.end() || found->is_null()) return Function::kOfTheModel;
  const std::string& name = String(*found, "\"function_to_apply\"");
  if (name == "softmax") return Function::kSoftmax;
  if (name == "sigmoid") return Function::kSigmoid;
  if (name == "none") return Function::kNone;
  throw Refused{422, "validation",
                "\"function_to_apply\": expected \"softmax\", \"sigmoid\" or \"none\", found \"" + name + '"'};
}

// In double, as the library does it.
std::vector<float> Scores(const valence::Prediction& prediction, Function function) {
  if (function == Function::kOfTheModel) return prediction.scores;
  if (function == Function::kNone) return prediction.logits;
  std::vector<float> scores;
  const double largest = *std::max_element(prediction.logits.begin(), prediction.logits.end());
  double sum = 0;
  for (const float logit : prediction.logits) sum += std::exp(double{logit} - largest);
  for (const float logit : prediction.logits) {
    scores.push_back(static_cast<float>(function == Function::kSigmoid ? 1.0 / (1.0 + std::exp(-double{logit}))
                                                                       : std::exp(double{logit} - largest) / sum));
  }
  return scores;
}

std::size_t ReadTopK(const Json& parameters) {
  const auto found = parameters.find("top_k");
  if (found == parameters.end() || found->is_null()) return SIZE_MAX;
  if (const auto count = WholeNumber(*found); count && *count > 0) return *count;
  throw Refused{422, "validation", "\"top_k\": expected a number above 0, found " + Dump(*found)};
}

}  // namespace

void HuggingFacePredict(Call& call) {
  const JsonTree tree(ParseBody(call.request));
  const Json& body = tree.value;
  static const Json kNone = Json::object();
  const auto given = body.find("parameters");
  const Json& parameters = given == body.end() ? kNone : *given;
  if (!parameters.is_object()) {
    throw Refused{422, "validation",
                  std::string("\"parameters\": expected an object, found ") + parameters.type_name()};
  }
  const Function function = ReadFunction(parameters);
  const std::size_t top_k = ReadTopK(parameters);
  Job job;
  job.model = FindModel(call.service, call.request);
  const auto inputs = body.find("inputs");
  if (inputs == body.end()) throw Refused{422, "validation", "expected \"inputs\""};
  job.batch = inputs->is_array();
  if (job.batch) {
    for (const Json& text : *inputs) job.texts.push_back(String(text, "\"inputs\", an element"));
  } else {
    job.texts.push_back(String(*inputs, "\"inputs\""));
  }
  call.service.inference.Classify(std::move(job), call.exchange, [function, top_k](const Job& done) {
    JsonTree answers(Json::array());
    Json& answer = answers.value;  // nested for one text too
    for (const auto& prediction : done.predictions) {
      answer.push_back(Ranked(done.model->classifier, Scores(prediction, function), top_k));
    }
    Response response;
    response.body = Dump(answer);
    return response;
  });
}

}  // namespace server
