// One connection of HttpServer. It lives on one event loop, and costs no buffer while it has no request.
#pragma once

#include <atomic>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>

#include "http_server.h"
#include "message.h"
#include "request_parser.h"
#include "tls.h"

namespace server {

class Connection;

// A refusal as it goes over the wire, made before there is need of it. The connection ends behind it.
std::string RefusalOnWire(std::string_view message);

// What the connections of a server share.
struct HttpContext {
  const std::string too_many_connections = RefusalOnWire("too many connections");
  const std::string out_of_memory = RefusalOnWire("out of memory");
  HttpOptions options;
  Handler handler;
  std::function<void(const Served&)> served;
  std::atomic<bool> draining{false};
  std::atomic<std::size_t> connections{0};
};

// An event loop with its connections; used by its own thread alone.
struct Loop {
  std::unordered_set<Connection*> connections;  // before io, whose end is theirs
  boost::asio::io_context io{1};
};

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  // The context counts it already; the destructor takes it off again.
  Connection(Loop& loop, HttpContext& context, std::string client);
  ~Connection();

  // Takes the socket.
  void Start(int socket);
  // The server takes no more: closes soon where no request comes.
  void Drain();
  void Close();

 private:
  using Clock = std::chrono::steady_clock;
  enum class State { kIdle, kReading, kAnswering, kStreaming, kWriting, kLingering, kClosed };
  class Answer;
  class StreamAnswer;

  static void PostGuarded(const std::weak_ptr<Connection>& connection, boost::asio::io_context& io,
                          std::function<void()> task);
  // Runs a step of this connection, on its event loop: where it finds no memory the client is told so, and the
  // connection ends.
  template <class Step>
  void Guarded(const Step& step) noexcept;
  void OnOutOfMemory() noexcept;
  ssize_t Receive(char* buffer, std::size_t size);
  ssize_t Transmit(std::string_view bytes);
  void WaitReadable();
  void OnReadable();
  void Parse();
  void OnHeader();
  void Dispatch();
  void BeginStream();
  void PassBody();
  bool WantsInput() const;
  void OnAnswer(std::size_t number, const Response& response);
  void Refuse(int status, std::string_view message);
  void Send(const Response& response);
  void Write();
  void OnWritten();
  void OnStreamWritten();
  void Linger();
  void Stop() noexcept;
  std::chrono::milliseconds IdleTimeout() const;
  void SetTimer(std::chrono::milliseconds after);
  void OnTimer();

  Loop& loop_;
  HttpContext& context_;
  boost::asio::generic::stream_protocol::socket socket_;
  std::unique_ptr<TlsSession> tls_;  // null: plain
  boost::asio::steady_timer timer_;
  const std::string client_;
  State state_ = State::kIdle;
  std::shared_ptr<Connection> self_;  // from Start to Close: nothing else need be waiting for anything
  bool waiting_readable_ = false;
  bool parsing_ = false;
  bool keep_alive_ = true;
  std::string input_;  // read, but not parsed yet
  std::unique_ptr<RequestParser> parser_;
  bool seen_header_ = false;
  std::optional<Request> request_;  // without its body, from Dispatch to the answer
  std::size_t number_ = 0;          // of the request that is being answered
  std::function<void()> stop_;      // of the handler
  Clock::time_point dispatched_{};
  std::shared_ptr<Stream> stream_;  // while streaming: who takes the body
  bool body_wanted_ = true;
  bool body_ended_ = false;
  bool answer_ended_ = false;
  bool chunked_ = true;
  bool writing_ = false;  // waits for the socket
  std::string output_;
  std::size_t written_ = 0;
  std::size_t discarded_ = 0;  // while lingering
};

}  // namespace server
