// The Open Inference Protocol (KServe's version 2) over HTTP, all but inference: health, metadata, the model
// repository.
#include <exception>
#include <utility>

#include "json.h"
#include "open_infer.h"
#include "service.h"
#include "valence/version.h"

namespace server {
namespace {

constexpr const char* kVersion = "1";  // of every model: a reload takes the old one's place

void RespondJson(Call& call, const Json& body, int status = 200) {
  Response response;
  response.status = status;
  response.body = Dump(body);
  call.exchange->Respond(std::move(response));
}

void CheckVersion(const Call& call) {
  if (call.arguments.size() < 2 || call.arguments[1] == kVersion) return;
  throw Refused{404, "not_found", "model \"" + call.arguments[0] + "\" has no version \"" + call.arguments[1] + '"'};
}

Json OptionalBody(const Call& call) { return call.request.body.empty() ? Json::object() : ParseBody(call.request); }

// Takes seconds, so it runs elsewhere.
void ChangeRepository(Call& call, void (Models::*change)(const std::string&)) {
  call.service.loader.Run([&models = call.service.models, change, name = call.arguments[0], exchange = call.exchange] {
    try {
      (models.*change)(name);
      exchange->Respond({});
    } catch (const UnknownModel& error) {
      exchange->Respond(ErrorResponse(404, "not_found", error.what()));
    } catch (const std::bad_alloc&) {
      exchange->Respond(ErrorResponse(503, "overloaded", "out of memory"));
    } catch (const std::exception& error) {
      exchange->Respond(ErrorResponse(424, "backend", error.what()));
    }
  });
}

}  // namespace

std::shared_ptr<const Model> OpenFindModel(Call& call) {
  auto model = FindModel(call.service, call.arguments[0]);
  CheckVersion(call);
  return model;
}

void OpenServer(Call& call) {
  RespondJson(call, {{"name", "valence-server"},
                     {"version", VALENCE_VERSION},
                     {"extensions", {"binary_tensor_data", "model_repository"}}});
}

void OpenLive(Call& call) { RespondJson(call, {{"live", true}}); }

void OpenReady(Call& call) {
  const bool ready = !call.service.draining();  // the models were loaded before the server listened
  RespondJson(call, {{"ready", ready}}, ready ? 200 : 503);
}

void OpenModel(Call& call) {
  const auto model = OpenFindModel(call);
  const auto labels = model->classifier.labels().size();
  Json outputs = Json::array();
  for (const OutputKind& output : kOutputs) {
    Json shape = Json::array({-1});
    if (output.one_per_label) shape.push_back(labels);
    outputs.push_back({{"name", output.name}, {"datatype", output.datatype}, {"shape", std::move(shape)}});
  }
  RespondJson(call, {{"name", model->name},
                     {"versions", {kVersion}},
                     {"platform", "valence"},
                     {"inputs", {{{"name", "text"}, {"datatype", "BYTES"}, {"shape", {-1}}}}},
                     {"outputs", std::move(outputs)}});
}

void OpenModelReady(Call& call) {
  const auto model = OpenFindModel(call);
  const bool ready = !call.service.draining();
  RespondJson(call, {{"name", model->name}, {"ready", ready}}, ready ? 200 : 503);
}

void OpenIndex(Call& call) {
  const bool only_ready = Flag(OptionalBody(call), "ready", false);
  Json index = Json::array();
  for (const auto& model : call.service.models.List()) {
    if (only_ready && !model.loaded) continue;
    index.push_back({{"name", model.name},
                     {"version", kVersion},
                     {"state", model.loaded ? "READY" : "UNAVAILABLE"},
                     {"reason", model.loaded ? "" : "unloaded"}});
  }
  RespondJson(call, index);
}

void OpenLoad(Call& call) {
  const Json parameters = OptionalBody(call).value("parameters", Json(nullptr));
  if (!parameters.is_null() && (!parameters.is_object() || !parameters.empty())) {
    throw Refused{422, "validation",
                  "\"parameters\": expected none, as a model is loaded from its own folder with the server's options"};
  }
  ChangeRepository(call, &Models::Load);
}

void OpenUnload(Call& call) {
  OptionalBody(call);  // what it may ask for, that other models be unloaded too, has no meaning here
  ChangeRepository(call, &Models::Unload);
}

}  // namespace server
