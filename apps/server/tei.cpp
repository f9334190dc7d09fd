// The protocol of Hugging Face's text-embeddings-inference, as far as it is about classifiers.
#include <algorithm>
#include <numeric>
#include <utility>

#include "common/numbers.h"
#include "json.h"
#include "service.h"

namespace server {
namespace {

// Highest score first; of equals the lower label id.
Json Ranked(const Model& model, const valence::Prediction& prediction, bool raw_scores) {
  const std::vector<float>& scores = raw_scores ? prediction.logits : prediction.scores;
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  Json ranked = Json::array();
  for (const std::size_t label : order) {
    ranked.push_back({{"score", common::Shortest(scores[label])}, {"label", model.classifier.labels()[label]}});
  }
  return ranked;
}

// One element of "inputs": a text, alone in an array. Two would be a pair.
std::string Single(const Json& texts, std::string_view what) {
  if (texts.size() == 2) {
    throw Refused{422, "validation",
                  std::string(what) +
                      ": two strings are a text pair there, which this model does not take; a batch of "
                      "texts is [[\"a\"], [\"b\"]]"};
  }
  if (texts.size() != 1) {
    throw Refused{422, "validation",
                  std::string(what) + ": expected one string, found " + std::to_string(texts.size()) + " elements"};
  }
  return String(texts.front(), what);
}

// Returns whether it is a batch.
bool ReadInputs(const Json& body, std::vector<std::string>& texts) {
  const auto inputs = body.find("inputs");
  if (inputs == body.end()) throw Refused{422, "validation", "expected \"inputs\""};
  if (!inputs->is_array()) {
    texts.push_back(String(*inputs, "\"inputs\""));
    return false;
  }
  if (inputs->empty() || !inputs->front().is_array()) {
    texts.push_back(Single(*inputs, "\"inputs\""));
    return false;
  }
  for (const Json& element : *inputs) {
    const std::string what = "\"inputs\", element " + std::to_string(texts.size());
    if (!element.is_array()) throw Refused{422, "validation", what + ": expected an array with one string"};
    texts.push_back(Single(element, what));
  }
  return true;
}

std::shared_ptr<const Model> TheModel(Call& call) {
  auto model = call.service.models.Find();
  if (!model) throw Refused{503, "unhealthy", "the model is not loaded"};
  return model;
}

}  // namespace

void TeiHealth(Call& call) {
  if (call.service.draining()) throw Refused{503, "unhealthy", "the server is shutting down"};
  TheModel(call);
  call.exchange->Respond({});
}

void TeiPredict(Call& call) {
  const Json body = ParseBody(call.request);
  Job job;
  job.model = TheModel(call);
  const bool batch = ReadInputs(body, job.texts);
  job.may_truncate = Flag(body, "truncate", false);
  const bool raw_scores = Flag(body, "raw_scores", false);
  call.service.inference.Classify(std::move(job), call.exchange, [batch, raw_scores](const Job& done) {
    Json answer = Json::array();
    for (const auto& prediction : done.predictions) answer.push_back(Ranked(*done.model, prediction, raw_scores));
    Response response;
    response.body = Dump(batch ? answer : answer.front());
    return response;
  });
}

}  // namespace server
