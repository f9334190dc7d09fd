// A server on a free port that lives as long as the object.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/http_server.h"
#include "server/listen.h"

namespace server {

class RunningServer {
 public:
  explicit RunningServer(Handler handler, const HttpOptions& options = {},
                         std::function<void(const Served&)> served = nullptr) {
    const int socket = Listen("127.0.0.1:0");
    const std::string address = AddressOf(socket);
    port = std::atoi(address.c_str() + address.rfind(':') + 1);
    http = std::make_unique<HttpServer>(std::vector<int>{socket}, options, std::move(handler), std::move(served));
    thread_ = std::jthread([this] { http->Run([](int) {}); });
  }
  ~RunningServer() {
    http->Drain(std::chrono::milliseconds(0));
    thread_.join();
  }

  static void WaitFor(const std::function<bool()>& done) {
    for (int i = 0; i < 1000 && !done(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_TRUE(done());
  }

  int port;
  std::unique_ptr<HttpServer> http;

 private:
  std::jthread thread_;
};

}  // namespace server
