// The command line of valence-server.
#include "arguments.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "api_keys.h"
#include "common/command_line.h"
#include "common/model_options.h"
#include "common/program.h"
#include "tls.h"

namespace server {
namespace {

constexpr const char* kDetails =
    R"(Protocols: docs/valence-server.md lists them, with an example of each. Without --model the model is that of
$VALENCE_MODEL, else the default model; its name is "default". The first model answers requests that name none.

Signals: SIGTERM and SIGINT end the server once the accepted requests are answered; SIGHUP loads all models and the
certificate anew and opens the access log again.

The environment variable VALENCE_API_KEY holds one more API key.
)";
constexpr const char* kExitCodes =
    R"(Exit code: 0 ended by a signal, 1 a failure, or requests left after --drain, 2 wrong usage.)";

// "NAME=FOLDER", or "FOLDER", which is then called by its last part.
ModelSource ParseModel(const std::string& argument) {
  const std::size_t equals = argument.find('=');
  ModelSource source;
  source.folder = equals == std::string::npos ? argument : argument.substr(equals + 1);
  source.name =
      equals == std::string::npos ? std::filesystem::path(argument).filename().string() : argument.substr(0, equals);
  if (source.name.empty() || source.name.find('/') != std::string::npos || source.folder->empty()) {
    throw common::UsageError("--model: expected NAME=FOLDER, found " + argument);
  }
  return source;
}

std::chrono::milliseconds Seconds(const std::string& option, double seconds) {
  common::CheckRange(option, seconds, 0.001, 1e6);
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  common::CommandLine command_line("valence-server", "Answers texts with labels over HTTP.", kDetails, kExitCodes);
  common::ModelOptions model;
  std::vector<std::string> models;
  double timeout = 60, header = 10, body = 60, idle = 75, drain = 30;
  double megabytes = 16;
  command_line.AddList("--listen", arguments.listen, "ADDRESS",
                       "HOST:PORT or unix:PATH; repeatable; default: 127.0.0.1:8080");
  command_line.AddList("--model", models, "NAME=FOLDER", "A model to serve, NAME=FOLDER; repeatable");
  model.AddSettingsTo(command_line);
  command_line.AddWithDefault("--max-texts", arguments.inference.texts, "N", "Texts in one request");
  command_line.AddWithDefault("--max-waiting-tokens", arguments.inference.waiting_tokens, "N",
                              "Tokens of all requests together that wait for their answer; beyond it: 429");
  command_line.AddWithDefault("--max-body", megabytes, "N", "Megabytes of one request's body");
  command_line.AddWithDefault("--max-connections", arguments.http.connections, "N", "Connections at a time");
  command_line.AddWithDefault("--timeout", timeout, "N", "Seconds for an answer, beyond which: 504");
  command_line.AddWithDefault("--header-timeout", header, "N", "Seconds for a request's header");
  command_line.AddWithDefault("--body-timeout", body, "N",
                              "Seconds for a request's body, and for a client to take its answer");
  command_line.AddWithDefault("--idle-timeout", idle, "N", "Seconds that a connection may be without a request");
  command_line.AddWithDefault("--drain", drain, "N", "Seconds for the accepted requests after SIGTERM");
  std::string keys, certificate, key;
  command_line.Add("--api-keys", keys, "FILE", "A file of keys, one a line; requests need Authorization: Bearer KEY");
  command_line.AddFlag("--protect-all", arguments.protect_all, "Health and metrics need a key too");
  command_line.Add("--tls-certificate", certificate, "FILE", "PEM file of the certificate chain: serve https");
  command_line.Add("--tls-key", key, "FILE", "PEM file of its private key");
  command_line.Add("--access-log", arguments.access_log, "FILE",
                   "Append a JSON line an answer to FILE; -: standard output");
  if (!command_line.Parse(argc, argv)) return std::nullopt;

  model.Check();
  arguments.options = model.options;
  if (arguments.listen.empty()) arguments.listen.push_back("127.0.0.1:8080");
  for (const std::string& one : models) arguments.models.push_back(ParseModel(one));
  if (models.empty()) arguments.models.push_back({"default", std::nullopt});
  for (const ModelSource& source : arguments.models) {
    const auto count = std::count_if(arguments.models.begin(), arguments.models.end(),
                                     [&](const ModelSource& other) { return other.name == source.name; });
    if (count > 1) throw common::UsageError("--model: the name " + source.name + " comes twice");
  }
  common::CheckRange("--max-texts", static_cast<double>(arguments.inference.texts), 1, 1e9);
  common::CheckRange("--max-connections", static_cast<double>(arguments.http.connections), 1, 1e6);
  common::CheckRange("--max-body", megabytes, 0.001, 4000);
  arguments.http.request.body_bytes = static_cast<std::uint64_t>(megabytes * 1e6);
  arguments.http.answer_timeout = Seconds("--timeout", timeout);
  arguments.http.header_timeout = Seconds("--header-timeout", header);
  arguments.http.body_timeout = arguments.http.write_timeout = Seconds("--body-timeout", body);
  arguments.http.idle_timeout = Seconds("--idle-timeout", idle);
  if (!keys.empty()) arguments.api_keys = ApiKeys::ReadFile(keys);
  if (const char* one = std::getenv("VALENCE_API_KEY"); one != nullptr && *one != '\0') {
    arguments.api_keys.emplace_back(one);
  }
  if (arguments.protect_all && arguments.api_keys.empty()) {
    throw common::UsageError("--protect-all: expected --api-keys or $VALENCE_API_KEY beside it");
  }
  if (certificate.empty() != key.empty()) {
    throw common::UsageError("--tls-certificate and --tls-key: expected both or neither");
  }
  if (!certificate.empty()) arguments.http.tls = std::make_shared<Tls>(certificate, key);
  arguments.drain = Seconds("--drain", drain);
  return arguments;
}

}  // namespace server
