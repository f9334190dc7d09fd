// What the protocols' handlers work with, and the table that leads requests to them.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "inference.h"
#include "message.h"
#include "models.h"

namespace server {

struct Service {
  Models& models;
  Inference& inference;
  std::function<bool()> draining;
};

// A request on its way through a handler; what it throws as Refused becomes the answer.
struct Call {
  Service& service;
  Request& request;
  std::shared_ptr<Exchange> exchange;
  std::vector<std::string> arguments;  // the {} of the route, percent-decoded
};

// The handler for HttpServer: finds the route, or answers 404 or 405.
Handler MakeHandler(Service& service);

// The handlers, by protocol.

// text-embeddings-inference
void TeiPredict(Call& call);
void TeiHealth(Call& call);

}  // namespace server
