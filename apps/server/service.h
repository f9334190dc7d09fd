// What the protocols' handlers work with, and the table that leads requests to them.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "api_keys.h"
#include "background.h"
#include "inference.h"
#include "json.h"
#include "message.h"
#include "metrics.h"
#include "models.h"

namespace server {

struct Service {
  Models& models;
  Inference& inference;
  Metrics& metrics;
  Background& large_bodies;  // parses what would hold up an event loop
  Background& loader;        // loads models
  ApiKeys api_keys;
  std::function<bool()> draining;
  std::function<std::size_t()> connections;
  std::size_t max_connections = 0;
};

// A request on its way through a handler; what it throws as Refused becomes the answer.
struct Call {
  Service& service;
  Request& request;
  std::shared_ptr<Exchange> exchange;
  std::vector<std::string> arguments;  // the {} of the route, percent-decoded
};

struct Route {
  std::string_view method;
  std::string_view path;  // {}: one segment
  void (*handle)(Call&);  // null: MakeStreamHandler's
};

// All that the server answers. openapi.json describes each of them.
std::span<const Route> Routes();

// The handler for HttpServer: finds the route, or answers 404 or 405.
Handler MakeHandler(Service& service);

// POST /classify, whose body may be of any length.
bool IsStream(const Request& request);
StreamHandler MakeStreamHandler(Service& service);

Response RefusalOf(const Refused& refused);

// The model of that name; the empty name: the first. Throws Refused: 404 for an unknown one, 503 for one that is not
// loaded.
std::shared_ptr<const Model> FindModel(Service& service, const std::string& name);

// The model that the target's ?model=NAME names; the first one without it.
std::shared_ptr<const Model> FindModel(Service& service, const Request& request);

// [{"score": .., "label": ..}, ..]: the `count` highest scores, [labels]; of equals the lower label id first.
Json Ranked(const valence::Classifier& classifier, const std::vector<float>& scores, std::size_t count = SIZE_MAX);

// The handlers, by protocol.

// For people
void Page(Call& call);
void OpenApi(Call& call);

// text-embeddings-inference
void TeiPredict(Call& call);
void TeiTokenize(Call& call);
void TeiInfo(Call& call);
void TeiHealth(Call& call);
void TeiMetrics(Call& call);

// Hugging Face Inference API
void HuggingFacePredict(Call& call);

// Open Inference Protocol: models' names and versions are arguments.
void OpenServer(Call& call);
void OpenLive(Call& call);
void OpenReady(Call& call);
void OpenModel(Call& call);
void OpenModelReady(Call& call);
void OpenInfer(Call& call);
void OpenIndex(Call& call);
void OpenLoad(Call& call);
void OpenUnload(Call& call);

}  // namespace server
