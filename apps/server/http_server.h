// Listening sockets, a few event loops, connections: requests go to a handler, its responses back. HTTP/1.0 and 1.1.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "message.h"
#include "request_parser.h"
#include "tls.h"

namespace server {

struct HttpOptions {
  int loops = 2;  // event loops, a thread each
  RequestLimits request;
  std::shared_ptr<Tls> tls;  // null: plain
  StreamHandler stream;      // for the requests that request.streams picks out
  std::size_t connections = 10000;
  std::chrono::milliseconds idle_timeout{75'000};    // of a connection without a request
  std::chrono::milliseconds header_timeout{10'000};  // from a request's first byte to the end of its header
  std::chrono::milliseconds body_timeout{60'000};    // from the header to the end of the body
  std::chrono::milliseconds write_timeout{60'000};   // for a client to take an answer
  std::chrono::milliseconds answer_timeout{60'000};  // for the handler; after it: 504
};

// What happened, for the log and the metrics. Called on the event loops.
struct Served {
  const Request& request;
  const Response& response;
  std::chrono::steady_clock::duration taken;  // from the whole request to its answer
};

class HttpServer {
 public:
  // sockets: listening and owned from now on. `served` may be empty.
  HttpServer(std::vector<int> sockets, const HttpOptions& options, Handler handler,
             std::function<void(const Served&)> served);
  ~HttpServer();

  // Blocks until Drain has ended; serves on this thread too. `on_signal` is called for SIGTERM, SIGINT and SIGHUP,
  // which the caller has blocked in all threads. Returns how many connections were cut off.
  std::size_t Run(std::function<void(int)> on_signal);

  // Takes no more connections, closes those without a request, lets requests that have begun end; Run returns once
  // none is left, or after `limit`. Thread-safe; so is the rest.
  void Drain(std::chrono::milliseconds limit);
  bool draining() const;
  std::size_t connections() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
