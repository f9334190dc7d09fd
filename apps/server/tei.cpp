// The protocol of Hugging Face's text-embeddings-inference, as far as it is about classifiers.
#include <utility>

#include "json.h"
#include "service.h"
#include "valence/version.h"

namespace server {
namespace {

// What /tokenize answers for a token takes some 65 bytes.
constexpr std::size_t kMostTokens = 1'000'000;

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

const Json& Inputs(const Json& body) {
  const auto inputs = body.find("inputs");
  if (inputs == body.end()) throw Refused{422, "validation", "expected \"inputs\""};
  return *inputs;
}

// Returns whether it is a batch.
bool ReadInputs(const Json& inputs, std::vector<std::string>& texts) {
  if (!inputs.is_array()) {
    texts.push_back(String(inputs, "\"inputs\""));
    return false;
  }
  if (inputs.empty() || !inputs.front().is_array()) {
    texts.push_back(Single(inputs, "\"inputs\""));
    return false;
  }
  for (const Json& element : inputs) {
    const std::string what = "\"inputs\", element " + std::to_string(texts.size());
    if (!element.is_array()) throw Refused{422, "validation", what + ": expected an array with one string"};
    texts.push_back(Single(element, what));
  }
  return true;
}

// The library truncates at the right.
void CheckDirection(const Json& body) {
  const auto found = body.find("truncation_direction");
  if (found == body.end() || found->is_null()) return;
  const std::string& direction = String(*found, "\"truncation_direction\"");
  if (direction == "right" || direction == "Right") return;
  throw Refused{422, "validation", "\"truncation_direction\": expected \"Right\", found \"" + direction + '"'};
}

const char* NameOf(valence::Precision precision) {
  if (precision == valence::Precision::kBf16) return "bfloat16";
  return precision == valence::Precision::kInt8 ? "int8" : "float32";
}

}  // namespace

void TeiHealth(Call& call) {
  if (call.service.draining()) throw Refused{503, "unhealthy", "the server is shutting down"};
  FindModel(call.service, "");
  call.exchange->Respond({});
}

void TeiPredict(Call& call) {
  const JsonTree tree(ParseBody(call.request));
  const Json& body = tree.value;
  Job job;
  job.model = FindModel(call.service, call.request);
  job.batch = ReadInputs(Inputs(body), job.texts);
  job.may_truncate = Flag(body, "truncate", false);
  CheckDirection(body);
  const bool raw_scores = Flag(body, "raw_scores", false);
  call.service.inference.Classify(std::move(job), call.exchange, [raw_scores](const Job& done) {
    JsonTree answers(Json::array());
    Json& answer = answers.value;
    for (const auto& prediction : done.predictions) {
      answer.push_back(Ranked(done.model->classifier, raw_scores ? prediction.logits : prediction.scores));
    }
    Response response;
    response.body = Dump(done.batch ? answer : answer.front());
    return response;
  });
}

void TeiTokenize(Call& call) {
  const JsonTree tree(ParseBody(call.request));
  const Json& body = tree.value;
  const bool special = Flag(body, "add_special_tokens", true);
  const Json& inputs = Inputs(body);
  const bool one = !inputs.is_array();
  if (!one && inputs.size() > call.service.inference.limits().texts) throw Refused{413, "validation", "too many texts"};
  const auto model = FindModel(call.service, call.request);
  const valence::Tokenizer& tokenizer = model->classifier.tokenizer();
  // As text, because a tree of so many tokens would take ten times the memory.
  Response response;
  std::string& answer = response.body;
  answer = "[";
  const std::size_t count = one ? 1 : inputs.size();
  std::size_t left = kMostTokens;
  for (std::size_t index = 0; index < count; ++index) {
    const Json& text = one ? inputs : inputs[index];
    const auto ids = tokenizer.encode(String(text, "\"inputs\""), kMostTokens + 1).ids;
    if (ids.size() > left) {
      throw Refused{413, "validation", "expected texts of at most " + std::to_string(kMostTokens) + " tokens together"};
    }
    left -= ids.size();
    answer += index == 0 ? "[" : ",[";
    for (std::size_t i = 0; i < ids.size(); ++i) {
      const bool is_special = i == 0 || i + 1 == ids.size();  // [CLS] and [SEP]
      if (is_special && !special) continue;
      if (answer.back() != '[') answer += ',';
      answer.append("{\"id\":")
          .append(std::to_string(ids[i]))
          .append(",\"text\":")
          .append(Dump(tokenizer.piece(ids[i])));
      // The library does not tell where in the text a token stands.
      answer.append(is_special ? ",\"special\":true" : ",\"special\":false").append(",\"start\":null,\"stop\":null}");
    }
    answer += ']';
  }
  answer += ']';
  call.exchange->Respond(std::move(response));
}

void TeiInfo(Call& call) {
  const auto model = FindModel(call.service, call.request);
  const valence::Classifier& classifier = model->classifier;
  Json id2label = Json::object(), label2id = Json::object();
  for (std::size_t i = 0; i < classifier.labels().size(); ++i) {
    id2label[std::to_string(i)] = classifier.labels()[i];
    label2id[classifier.labels()[i]] = i;
  }
  const InferenceLimits& limits = call.service.inference.limits();
  Response response;
  response.body = Dump({{"model_id", model->name},
                        {"model_sha", nullptr},
                        {"model_dtype", NameOf(classifier.precision())},
                        {"model_type", {{"classifier", {{"id2label", id2label}, {"label2id", label2id}}}}},
                        {"max_concurrent_requests", call.service.max_connections},
                        {"max_input_length", classifier.max_tokens()},
                        {"max_batch_tokens", limits.waiting_tokens},
                        {"max_batch_requests", nullptr},
                        {"max_client_batch_size", limits.texts},
                        {"auto_truncate", false},
                        {"tokenization_workers", classifier.threads()},
                        {"version", VALENCE_VERSION},
                        {"sha", nullptr},
                        {"docker_label", nullptr}});
  call.exchange->Respond(std::move(response));
}

void TeiMetrics(Call& call) {
  Response response;
  response.content_type = "text/plain; version=0.0.4; charset=utf-8";
  response.body = call.service.metrics.Text(
      {.connections = call.service.connections(), .waiting_tokens = call.service.inference.waiting_tokens()});
  call.exchange->Respond(std::move(response));
}

}  // namespace server
