// What the user asked for on the command line.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "grpc_server.h"
#include "http_server.h"
#include "inference.h"
#include "models.h"

namespace server {

struct Arguments {
  std::vector<std::string> listen;
  std::vector<ModelSource> models;  // at least one
  valence::Options options;
  HttpOptions http;
  GrpcOptions grpc;  // listens nowhere by default
  InferenceLimits inference;
  std::chrono::milliseconds drain{};
  std::string access_log;             // empty: none
  std::vector<std::string> api_keys;  // none: everybody may ask
  bool protect_all = false;
};

// None where --help or --version was asked for and has been printed. Throws common::UsageError.
std::optional<Arguments> ParseArguments(int argc, const char* const* argv);

}  // namespace server
