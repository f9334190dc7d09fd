// valence-server: the library over HTTP. What it can do is told by --help and docs/valence-server.md.
#include <csignal>
#include <iostream>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "common/program.h"
#include "server/arguments.h"
#include "server/http_server.h"
#include "server/inference.h"
#include "server/listen.h"
#include "server/models.h"
#include "server/service.h"
#include "valence/valence.h"

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

cli::ExitCode Run(int argc, char** argv) {
  const std::optional<server::Arguments> arguments = server::ParseArguments(argc, argv);
  if (!arguments) return cli::kAllAnswered;
  BlockSignals();
  std::vector<int> sockets = server::InheritedSockets();
  if (sockets.empty()) {
    for (const std::string& address : arguments->listen) sockets.push_back(server::Listen(address));
  }
  server::Models models(arguments->models, arguments->options);
  server::Inference inference(arguments->inference);
  std::optional<server::HttpServer> http;
  server::Service service{models, inference, [&] { return http->draining(); }};
  http.emplace(sockets, arguments->http, server::MakeHandler(service), nullptr);
  for (const int socket : sockets) Say("listening on " + server::AddressOf(socket));

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
  if (left == 0) return cli::kAllAnswered;
  Say(std::to_string(left) + " connections were cut off after --drain");
  return cli::kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  return cli::RunServer("valence-server", [&] { return Run(argc, argv); });
}
