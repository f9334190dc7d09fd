// valence-server: the library over HTTP. What it can do is told by --help and docs/valence-server.md.
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "arguments.h"
#include "common/program.h"
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

common::ExitCode Run(int argc, char** argv) {
  const std::optional<Arguments> arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  BlockSignals();
  std::vector<int> sockets = InheritedSockets();
  if (sockets.empty()) {
    for (const std::string& address : arguments->listen) sockets.push_back(Listen(address));
  }
  Models models(arguments->models, arguments->options);
  Inference inference(arguments->inference);
  std::optional<HttpServer> http;
  Service service{models, inference, [&] { return http->draining(); }};
  http.emplace(sockets, arguments->http, MakeHandler(service), nullptr);
  for (const int socket : sockets) Say("listening on " + AddressOf(socket));

  std::jthread reload;
  http->Run([&](int signal) {
    if (signal != SIGHUP) return http->Drain(arguments->drain);
    // Loading takes seconds, which this event loop has not.
    reload = std::jthread([&models] {
      try {
        models.LoadAll();
        Say("loaded all models anew");
      } catch (const std::exception& error) {
        Say(std::string("the models stay as they were: ") + error.what());
      }
    });
  });
  const std::size_t left = http->connections();
  http.reset();
  if (left == 0) return common::kAllAnswered;
  Say(std::to_string(left) + " connections were cut off after --drain");
  return common::kFailed;
}

}  // namespace
}  // namespace server

int main(int argc, char** argv) {
  return common::RunServer("valence-server", [&] { return server::Run(argc, argv); });
}
