// The Open Inference Protocol over gRPC, beside HttpServer. Built where gRPC is installed; only grpc_server.cpp, with
// grpc_call.h, and grpc_messages.cpp know it.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "background.h"
#include "http_server.h"
#include "service.h"

namespace server {

struct GrpcOptions {
  std::string listen;            // HOST:PORT or unix:PATH
  std::string certificate, key;  // PEM files; empty: plain
  std::uint64_t message_bytes = 16 * 1024 * 1024;
  std::chrono::milliseconds idle_timeout{75'000};
  std::chrono::milliseconds answer_timeout{60'000};
  std::chrono::seconds certificate_interval{10};  // between two looks whether the files have changed
};

// The version of gRPC that this program was built with; empty: none.
std::string GrpcVersion();

class GrpcServer {
 public:
  // Listens and serves from now on, on gRPC's own threads. `answers` formats answers, `served` may be empty; both must
  // live until the service's Inference is idle. Throws std::runtime_error naming the address, or common::UsageError
  // where GrpcVersion() is empty.
  GrpcServer(const GrpcOptions& options, Service& service, Background& answers,
             std::function<void(const Served&)> served);
  ~GrpcServer();

  int port() const;  // of TCP

  // Takes no more calls; those that have begun may end, but not after `limit`. Does not wait.
  void Drain(std::chrono::milliseconds limit);

  // Until Drain has ended. Returns how many calls were cut off.
  std::size_t Wait();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
