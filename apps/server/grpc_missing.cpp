// What stands in the place of grpc_server.cpp where gRPC is not installed.
#include "common/program.h"
#include "grpc_server.h"

namespace server {

class GrpcServer::Impl {};

std::string GrpcVersion() { return {}; }

GrpcServer::GrpcServer(const GrpcOptions&, Service&, Background&, std::function<void(const Served&)>) {
  throw common::UsageError(
      "--grpc: this program was built without gRPC; install libgrpc++-dev and protobuf-compiler-grpc, then build "
      "again");
}
GrpcServer::~GrpcServer() = default;
int GrpcServer::port() const { return 0; }
void GrpcServer::Drain(std::chrono::milliseconds) {}
std::size_t GrpcServer::Wait() { return 0; }

}  // namespace server
