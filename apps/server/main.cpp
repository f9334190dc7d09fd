// valence-server: the library over HTTP. What it can do is told by --help and docs/valence-server.md.
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <vector>

#include "access_log.h"
#include "arguments.h"
#include "common/program.h"
#include "grpc_server.h"
#include "http_server.h"
#include "inference.h"
#include "listen.h"
#include "models.h"
#include "service.h"
#include "valence/valence.h"

namespace server {
namespace {

// Before any thread starts: HttpServer takes these signals on its own thread.
void BlockSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
}

void Say(const std::string& message) { std::cerr << "valence-server: " + message + '\n'; }

// "HOST:0" with the port that was found free.
std::string WithPort(const std::string& address, int port) {
  return address.starts_with("unix:") ? address : address.substr(0, address.rfind(':') + 1) + std::to_string(port);
}

common::ExitCode Run(int argc, char** argv) {
  const std::optional<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  BlockSignals();
  std::vector<int> sockets = InheritedSockets();
  if (sockets.empty()) {
    for (const std::string& address : arguments->listen) sockets.push_back(Listen(address));
  }
  Models models(arguments->models, arguments->options);
  Metrics metrics;
  std::optional<HttpServer> http;
  Background large_bodies, loader, grpc_answers;
  Inference inference(arguments->inference, metrics, large_bodies);
  Service service{.models = models,
                  .inference = inference,
                  .metrics = metrics,
                  .large_bodies = large_bodies,
                  .loader = loader,
                  .api_keys = {arguments->api_keys, arguments->protect_all},
                  .draining = [&] { return http->draining(); },
                  .connections = [&] { return http->connections(); },
                  .max_connections = arguments->http.connections};
  std::optional<AccessLog> access_log;
  if (!arguments->access_log.empty()) access_log.emplace(arguments->access_log);
  HttpOptions options = arguments->http;
  options.request.streams = IsStream;
  options.stream = MakeStreamHandler(service);
  const auto count = [&](const Served& served) {
    metrics.CountResponse(served.response.status);
    if (access_log) access_log->Write(served);
  };
  http.emplace(sockets, options, MakeHandler(service), count);
  std::optional<GrpcServer> grpc;
  if (!arguments->grpc.listen.empty()) grpc.emplace(arguments->grpc, service, grpc_answers, count);
  for (const int socket : sockets) Say("listening on " + AddressOf(socket));
  if (grpc) Say("gRPC listening on " + WithPort(arguments->grpc.listen, grpc->port()));

  std::size_t left = http->Run([&](int signal) {
    if (signal != SIGHUP) {
      if (grpc) grpc->Drain(arguments->drain);
      return http->Drain(arguments->drain);
    }
    loader.Run([&] {
      try {
        if (access_log) access_log->Reopen();
        if (options.tls) options.tls->Reload();
        models.LoadAll();
        Say("loaded all models anew");
      } catch (const std::exception& error) {
        Say(std::string("not all was loaded anew: ") + error.what());
      }
    });
  });
  if (grpc) left += grpc->Wait();
  // What they run uses objects that end before them.
  for (Background* const background : {&large_bodies, &loader, &grpc_answers}) background->Stop();
  if (left == 0) return common::kAllAnswered;
  Say(std::to_string(left) + " connections or gRPC calls were cut off after --drain");
  return common::kFailed;
}

}  // namespace
}  // namespace server

int main(int argc, char** argv) {
  return common::RunServer("valence-server", [&] { return server::Run(argc, argv); });
}
