// One call over gRPC as an Exchange, so that admission, deadlines, keys, metrics and the log are those of HTTP.
#pragma once

#include <grpcpp/alarm.h>
#include <grpcpp/grpcpp.h>

#include <atomic>
#include <chrono>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <utility>

#include "background.h"
#include "http_server.h"
#include "json.h"
#include "out_of_memory.h"
#include "service.h"

namespace server {

inline grpc::StatusCode GrpcCodeOf(int http) {
  switch (http) {
    case 401:
      return grpc::StatusCode::UNAUTHENTICATED;
    case 404:
      return grpc::StatusCode::NOT_FOUND;
    case 429:
      return grpc::StatusCode::RESOURCE_EXHAUSTED;
    case 503:
      return grpc::StatusCode::UNAVAILABLE;
    case 504:
      return grpc::StatusCode::DEADLINE_EXCEEDED;
    default:
      return http < 424 ? grpc::StatusCode::INVALID_ARGUMENT : grpc::StatusCode::INTERNAL;
  }
}

inline grpc::Status GrpcStatusOf(const Response& response) noexcept {
  if (response.status == 200) return grpc::Status::OK;
  std::string message;
  Insist([&] { message = Json::parse(response.body).value("error", ""); });
  return {GrpcCodeOf(response.status), std::move(message)};
}

// "ipv4:127.0.0.1:5000" without its port, as HttpServer names clients.
inline std::string ClientOf(const std::string& peer) {
  if (!peer.starts_with("ipv")) return "unix";
  const std::size_t begin = peer.find(':') + 1;
  std::string host = peer.substr(begin, peer.rfind(':') - begin);
  if (host.starts_with("%5B")) host = host.substr(3, host.size() - 6);
  return host.starts_with('[') ? host.substr(1, host.size() - 2) : host;
}

// What the calls of a server share.
struct GrpcShared {
  Service& service;
  Background& answers;
  const std::function<void(const Served&)> served;
  const std::chrono::milliseconds answer_timeout;
  std::atomic<std::size_t> cut{0};
  std::atomic<bool> cutting{false};  // the drain's limit has passed
};

// One call; it lives until gRPC has no more use for it and nobody may answer it.
class UnaryCall final : public grpc::ServerUnaryReactor,
                        public Exchange,
                        public std::enable_shared_from_this<UnaryCall> {
 public:
  UnaryCall(GrpcShared& shared, const grpc::CallbackServerContext& context, std::string_view method)
      : shared_(shared), begun_(std::chrono::steady_clock::now()) {
    request_.method = "POST";
    request_.target = "/inference.GRPCInferenceService/" + std::string(method);
    request_.client = ClientOf(context.peer());
    for (const auto& [name, value] : context.client_metadata()) {
      request_.headers.emplace_back(std::string(name.data(), name.size()), std::string(value.data(), value.size()));
    }
  }

  // Runs the handler, unless the call needs a key that it has not; health is asked for under its path in HTTP.
  template <class Handle>
  static grpc::ServerUnaryReactor* Run(GrpcShared& shared, const grpc::CallbackServerContext& context,
                                       std::string_view method, const char* open_path, const Handle& handle) {
    const auto call = std::make_shared<UnaryCall>(shared, context, method);
    call->self_ = call;
    Request asking = call->request_;
    if (open_path != nullptr) {
      asking.method = "GET";
      asking.target = open_path;
    }
    try {
      if (shared.service.api_keys.Allow(asking)) {
        handle(call);
      } else {
        call->Respond(ApiKeys::Refusal());
      }
    } catch (const Refused& refused) {
      call->Respond(RefusalOf(refused));
    } catch (const std::bad_alloc&) {
      call->Respond(OutOfMemory());
    } catch (const std::exception& error) {
      call->Respond(ErrorResponse(500, "internal", error.what()));
    }
    return call.get();
  }

  // What writes the answer's message, if the call is answered with success. Comes before Respond.
  void SetMessage(std::function<void()> write) {
    const std::lock_guard lock(mutex_);
    write_ = std::move(write);
  }

  // The deadline of the server; gRPC itself sees to the client's.
  void SetDeadline() {
    alarm_.Set(std::chrono::system_clock::now() + shared_.answer_timeout, [weak = weak_from_this()](bool passed) {
      const auto call = weak.lock();
      if (!passed || !call) return;
      call->Respond(ErrorResponse(504, "timeout", "no answer within the deadline"));
      call->Stop();
    });
  }

  void Respond(Response response) override {
    {
      const std::lock_guard lock(mutex_);
      if (std::exchange(answered_, true)) return;
      if (response.status == 200 && write_) write_();
    }
    alarm_.Cancel();
    try {
      if (shared_.served) shared_.served({request_, response, std::chrono::steady_clock::now() - begun_});
    } catch (const std::exception&) {
      // No line in the log; but the call must end, as nobody answers it again.
    }
    Finish(GrpcStatusOf(response));
  }

  void Post(std::function<void()> task) override { shared_.answers.Run(std::move(task)); }

  void OnStop(std::function<void()> stop) override {
    {
      const std::lock_guard lock(mutex_);
      if (!answered_ && !stopped_) {
        stop_ = std::move(stop);
        return;
      }
    }
    stop();
  }

  void OnCancel() override {
    if (shared_.cutting) ++shared_.cut;
    Stop();
  }

  void OnDone() override { const auto self = std::move(self_); }

 private:
  void Stop() {
    std::function<void()> stop;
    {
      const std::lock_guard lock(mutex_);
      stopped_ = true;
      stop = std::exchange(stop_, nullptr);
    }
    if (stop) stop();
  }

  GrpcShared& shared_;
  const std::chrono::steady_clock::time_point begun_;
  Request request_;
  std::function<void()> write_;
  grpc::Alarm alarm_;
  std::shared_ptr<UnaryCall> self_;
  std::mutex mutex_;
  std::function<void()> stop_;
  bool answered_ = false;
  bool stopped_ = false;
};

}  // namespace server
