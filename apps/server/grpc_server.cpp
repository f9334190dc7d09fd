// gRPC's callback API: a call costs an object, not a thread.
#include "grpc_server.h"

#include <grpcpp/grpcpp.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/security/tls_certificate_provider.h>
#include <grpcpp/security/tls_credentials_options.h>
#include <open_inference.grpc.pb.h>

#include <algorithm>
#include <climits>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>

#include "grpc_call.h"
#include "grpc_messages.h"
#include "valence/version.h"

namespace server {
namespace {

constexpr int kHeaderBytes = 16 * 1024;

class Protocol final : public inference::GRPCInferenceService::CallbackService {
 public:
  explicit Protocol(GrpcShared& shared) : shared_(shared), service_(shared.service) {}

  using Context = grpc::CallbackServerContext;
  using Reactor = grpc::ServerUnaryReactor;

  Reactor* ServerLive(Context* context, const inference::ServerLiveRequest*,
                      inference::ServerLiveResponse* response) override {
    return UnaryCall::Run(shared_, *context, "ServerLive", "/v2/health/live", [&](const auto& call) {
      response->set_live(true);
      call->Respond({});
    });
  }

  Reactor* ServerReady(Context* context, const inference::ServerReadyRequest*,
                       inference::ServerReadyResponse* response) override {
    return UnaryCall::Run(shared_, *context, "ServerReady", "/v2/health/ready", [&](const auto& call) {
      response->set_ready(!service_.draining());
      call->Respond({});
    });
  }

  Reactor* ModelReady(Context* context, const inference::ModelReadyRequest* request,
                      inference::ModelReadyResponse* response) override {
    return UnaryCall::Run(shared_, *context, "ModelReady", nullptr, [&](const auto& call) {
      bool loaded = true;
      try {
        FindModelVersion(service_, request->name(), request->version());
      } catch (const Refused& refused) {
        if (refused.status != 503) throw;
        loaded = false;
      }
      response->set_ready(loaded && !service_.draining());
      call->Respond({});
    });
  }

  Reactor* ServerMetadata(Context* context, const inference::ServerMetadataRequest*,
                          inference::ServerMetadataResponse* response) override {
    return UnaryCall::Run(shared_, *context, "ServerMetadata", nullptr, [&](const auto& call) {
      response->set_name("valence-server");
      response->set_version(VALENCE_VERSION);
      for (const char* extension : kExtensions) response->add_extensions(extension);
      call->Respond({});
    });
  }

  Reactor* ModelMetadata(Context* context, const inference::ModelMetadataRequest* request,
                         inference::ModelMetadataResponse* response) override {
    return UnaryCall::Run(shared_, *context, "ModelMetadata", nullptr, [&](const auto& call) {
      *response = MetadataOf(*FindModelVersion(service_, request->name(), request->version()));
      call->Respond({});
    });
  }

  Reactor* ModelInfer(Context* context, const inference::ModelInferRequest* request,
                      inference::ModelInferResponse* response) override {
    return UnaryCall::Run(shared_, *context, "ModelInfer", nullptr, [&](const std::shared_ptr<UnaryCall>& call) {
      Job job;
      job.model = FindModelVersion(service_, request->model_name(), request->model_version());
      job.texts = TextsOf(*request);
      job.batch = true;
      call->SetDeadline();
      // The call may have been answered by its deadline; then gRPC's response is gone when the answer comes.
      service_.inference.Classify(
          std::move(job), call, [weak = std::weak_ptr(call), response, wanted = WantedOf(*request)](const Job& done) {
            auto message = std::make_shared<inference::ModelInferResponse>(MessageOf(done, wanted));
            if (const auto alive = weak.lock())
              alive->SetMessage([message, response] { response->Swap(message.get()); });
            return Response{};
          });
    });
  }

  Reactor* RepositoryIndex(Context* context, const inference::RepositoryIndexRequest* request,
                           inference::RepositoryIndexResponse* response) override {
    return UnaryCall::Run(shared_, *context, "RepositoryIndex", nullptr, [&](const auto& call) {
      for (const auto& [name, loaded] : service_.models.List()) {
        if (request->ready() && !loaded) continue;
        auto& model = *response->add_models();
        model.set_name(name);
        model.set_version(kModelVersion);
        model.set_state(loaded ? "READY" : "UNAVAILABLE");
        model.set_reason(loaded ? "" : "unloaded");
      }
      call->Respond({});
    });
  }

  Reactor* RepositoryModelLoad(Context* context, const inference::RepositoryModelLoadRequest* request,
                               inference::RepositoryModelLoadResponse*) override {
    return UnaryCall::Run(shared_, *context, "RepositoryModelLoad", nullptr, [&](const auto& call) {
      if (!request->parameters().empty()) throw Refused{422, "validation", kNoLoadParameters};
      ChangeRepository(service_, request->model_name(), call, &Models::Load);
    });
  }

  Reactor* RepositoryModelUnload(Context* context, const inference::RepositoryModelUnloadRequest* request,
                                 inference::RepositoryModelUnloadResponse*) override {
    return UnaryCall::Run(shared_, *context, "RepositoryModelUnload", nullptr, [&](const auto& call) {
      ChangeRepository(service_, request->model_name(), call, &Models::Unload);
    });
  }

 private:
  GrpcShared& shared_;
  server::Service& service_;
};

std::shared_ptr<grpc::ServerCredentials> CredentialsOf(const GrpcOptions& options) {
  if (options.certificate.empty()) return grpc::InsecureServerCredentials();
  grpc::experimental::TlsServerCredentialsOptions tls(
      std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
          options.key, options.certificate, static_cast<unsigned>(options.certificate_interval.count())));
  tls.watch_identity_key_cert_pairs();
  tls.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  return grpc::experimental::TlsServerCredentials(tls);
}

}  // namespace

class GrpcServer::Impl {
 public:
  Impl(const GrpcOptions& options, Service& service, Background& answers, std::function<void(const Served&)> served)
      : shared_{service, answers, std::move(served), options.answer_timeout}, protocol_(shared_) {
    grpc::ServerBuilder builder;
    builder.AddListeningPort(options.listen, CredentialsOf(options), &port_);
    builder.SetMaxReceiveMessageSize(static_cast<int>(std::min<std::uint64_t>(options.message_bytes, INT_MAX)));
    builder.SetMaxSendMessageSize(-1);
    builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // or a second server would share the port unnoticed
    builder.AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, kHeaderBytes);
    builder.AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS, static_cast<int>(options.idle_timeout.count()));
    builder.RegisterService(&protocol_);
    server_ = builder.BuildAndStart();
    if (!server_ || (port_ == 0 && !options.listen.starts_with("unix:"))) {
      throw std::runtime_error("--grpc " + options.listen + ": cannot listen: expected a free HOST:PORT or unix:PATH");
    }
  }

  ~Impl() {
    Drain(std::chrono::milliseconds(0));
    Wait();
  }

  int port() const { return port_; }

  void Drain(std::chrono::milliseconds limit) {
    const std::lock_guard lock(mutex_);
    if (draining_.joinable() || drained_) return;
    drained_ = true;
    draining_ = std::thread([this, limit] {
      std::mutex mutex;
      std::condition_variable_any ended;
      std::jthread cutter([&](std::stop_token stop) {
        std::unique_lock waiting(mutex);
        ended.wait_for(waiting, stop, limit, [] { return false; });
        if (!stop.stop_requested()) shared_.cutting = true;
      });
      // The cutter first: calls that the shutdown cancels must find that they were cut off.
      server_->Shutdown(std::chrono::system_clock::now() + limit + std::chrono::milliseconds(10));
      cutter.request_stop();
    });
  }

  std::size_t Wait() {
    if (draining_.joinable()) draining_.join();
    return shared_.cut;
  }

 private:
  GrpcShared shared_;
  Protocol protocol_;
  int port_ = 0;
  std::unique_ptr<grpc::Server> server_;
  std::mutex mutex_;
  std::thread draining_;
  bool drained_ = false;
};

std::string GrpcVersion() { return grpc::Version(); }

GrpcServer::GrpcServer(const GrpcOptions& options, Service& service, Background& answers,
                       std::function<void(const Served&)> served)
    : impl_(std::make_unique<Impl>(options, service, answers, std::move(served))) {}
GrpcServer::~GrpcServer() = default;
int GrpcServer::port() const { return impl_->port(); }
void GrpcServer::Drain(std::chrono::milliseconds limit) { impl_->Drain(limit); }
std::size_t GrpcServer::Wait() { return impl_->Wait(); }

}  // namespace server
