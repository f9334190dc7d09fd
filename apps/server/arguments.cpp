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
    R"(Protocols: docs/valence-server.md lists them, with an example of each. Without --model the server loads the model of
$VALENCE_MODEL, or else the default model, and names it "default". Requests that name no model get the first one.

Signals: on SIGTERM or SIGINT the server finishes the requests in progress and exits. On SIGHUP it loads all models and
the certificate again and reopens the access log.

The environment variable VALENCE_API_KEY holds one more API key.
)";
constexpr const char* kExitCodes =
    R"(Exit code: 0 after a signal, 1 after a failure or if --drain cut off requests, 2 for wrong usage.)";

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
  common::CommandLine command_line(
      "valence-server", "Classifies texts for clients of text-embeddings-inference, Hugging Face and KServe over HTTP.",
      kDetails, kExitCodes);
  common::ModelOptions model;
  std::vector<std::string> models;
  double timeout = 60, header = 10, body = 60, idle = 75, drain = 30;
  double megabytes = 16;
  command_line.AddList("--listen", arguments.listen, "ADDRESS",
                       "Listen on HOST:PORT or unix:PATH; may be repeated; default: 127.0.0.1:8080");
  command_line.Add("--grpc", arguments.grpc.listen, "ADDRESS",
                   "Also answer the Open Inference Protocol over gRPC, on HOST:PORT or unix:PATH");
  command_line.AddList("--model", models, "NAME=FOLDER",
                       "Serve the model in FOLDER under this name; may be repeated; without NAME= the folder's name");
  model.AddSettingsTo(command_line);
  command_line.AddWithDefault("--max-texts", arguments.inference.texts, "N",
                              "Refuse a request with more than N texts (413)");
  command_line.AddWithDefault("--max-waiting-tokens", arguments.inference.waiting_tokens, "N",
                              "Refuse new requests while more than N tokens wait for an answer (429)");
  command_line.AddWithDefault("--max-body", megabytes, "N", "Refuse a request body of more than N megabytes (413)");
  command_line.AddWithDefault("--max-connections", arguments.http.connections, "N",
                              "Refuse connections beyond N at a time (503)");
  command_line.AddWithDefault("--timeout", timeout, "N", "Give up on an answer after N seconds (504)");
  command_line.AddWithDefault("--header-timeout", header, "N",
                              "Give up on a client that takes more than N seconds to send a header (408)");
  command_line.AddWithDefault("--body-timeout", body, "N",
                              "Give up on a client that takes more than N seconds to send a body (408) or to take its "
                              "answer");
  command_line.AddWithDefault("--idle-timeout", idle, "N", "Close a connection after N seconds without a request");
  command_line.AddWithDefault("--drain", drain, "N",
                              "After SIGTERM, give the requests in progress N seconds to finish");
  std::string keys, certificate, key;
  command_line.Add("--api-keys", keys, "FILE",
                   "Require a key from FILE, which has one per line, as Authorization: Bearer KEY");
  command_line.AddFlag("--protect-all", arguments.protect_all,
                       "Require a key for health, metrics, openapi.json and the page too");
  command_line.Add("--tls-certificate", certificate, "FILE", "Serve HTTPS with this certificate chain, a PEM file");
  command_line.Add("--tls-key", key, "FILE", "The certificate's private key, a PEM file");
  command_line.Add("--access-log", arguments.access_log, "FILE",
                   "Append one JSON line per answer to FILE, or write it to standard output (-)");
  command_line.SetVersionNote(GrpcVersion().empty() ? "without gRPC" : "gRPC " + GrpcVersion());
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
  arguments.grpc.certificate = certificate;
  arguments.grpc.key = key;
  arguments.grpc.message_bytes = arguments.http.request.body_bytes;
  arguments.grpc.answer_timeout = arguments.http.answer_timeout;
  arguments.grpc.idle_timeout = arguments.http.idle_timeout;
  return arguments;
}

}  // namespace server
