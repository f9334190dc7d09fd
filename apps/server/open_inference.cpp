// The Open Inference Protocol (KServe's version 2) over HTTP, all but inference: health, metadata, the model
// repository.
#include <exception>
#include <utility>

#include "json.h"
#include "open_protocol.h"
#include "service.h"
#include "valence/version.h"

namespace server {
namespace {

void RespondJson(Call& call, const Json& body, int status = 200) {
  Response response;
  response.status = status;
  response.body = Dump(body);
  call.exchange->Respond(std::move(response));
}

// The one that the path names.
std::shared_ptr<const Model> ModelOf(const Call& call) {
  return FindModelVersion(call.service, call.arguments[0], call.arguments.size() > 1 ? call.arguments[1] : "");
}

// Of any content type: curl -d, as the examples for other servers have it, names a form's.
Json OptionalBody(const Call& call) {
  return call.request.body.empty() ? Json::object() : ParseObject(call.request.body);
}

}  // namespace

void OpenServer(Call& call) {
  RespondJson(call, {{"name", "valence-server"}, {"version", VALENCE_VERSION}, {"extensions", kExtensions}});
}

void OpenLive(Call& call) { RespondJson(call, {{"live", true}}); }

void OpenReady(Call& call) {
  const bool ready = !call.service.draining();  // the models were loaded before the server listened
  RespondJson(call, {{"ready", ready}}, ready ? 200 : 503);
}

void OpenModel(Call& call) {
  const auto model = ModelOf(call);
  const auto labels = model->classifier.labels().size();
  Json outputs = Json::array();
  for (const OutputKind& output : kOutputs) {
    Json shape = Json::array({-1});
    if (output.one_per_label) shape.push_back(labels);
    outputs.push_back({{"name", output.name}, {"datatype", output.datatype}, {"shape", std::move(shape)}});
  }
  RespondJson(call, {{"name", model->name},
                     {"versions", {kModelVersion}},
                     {"platform", "valence"},
                     {"inputs", {{{"name", "text"}, {"datatype", "BYTES"}, {"shape", {-1}}}}},
                     {"outputs", std::move(outputs)}});
}

void OpenModelReady(Call& call) {
  const auto model = ModelOf(call);
  const bool ready = !call.service.draining();
  RespondJson(call, {{"name", model->name}, {"ready", ready}}, ready ? 200 : 503);
}

void OpenIndex(Call& call) {
  const bool only_ready = Flag(OptionalBody(call), "ready", false);
  Json index = Json::array();
  for (const auto& model : call.service.models.List()) {
    if (only_ready && !model.loaded) continue;
    index.push_back({{"name", model.name},
                     {"version", kModelVersion},
                     {"state", model.loaded ? "READY" : "UNAVAILABLE"},
                     {"reason", model.loaded ? "" : "unloaded"}});
  }
  RespondJson(call, index);
}

void OpenLoad(Call& call) {
  const Json parameters = OptionalBody(call).value("parameters", Json(nullptr));
  if (!parameters.is_null() && (!parameters.is_object() || !parameters.empty())) {
    throw Refused{422, "validation", kNoLoadParameters};
  }
  ChangeRepository(call.service, call.arguments[0], call.exchange, &Models::Load);
}

void OpenUnload(Call& call) {
  OptionalBody(call);  // what it may ask for, that other models be unloaded too, has no meaning here
  ChangeRepository(call.service, call.arguments[0], call.exchange, &Models::Unload);
}

}  // namespace server
