// The acceptors run on the first event loop and hand the connections out in turn.
#include "http_server.h"

#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <cerrno>
#include <csignal>
#include <thread>
#include <utility>

#include "connection.h"
#include "listen.h"
#include "out_of_memory.h"

namespace server {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;

// Between two tries when the process has no more file descriptors.
constexpr auto kRetry = 50ms;
// Between two looks whether connections are left while draining.
constexpr auto kDrainStep = 10ms;

}  // namespace

class HttpServer::Impl {
 public:
  Impl(std::vector<int> sockets, const HttpOptions& options, Handler handler, std::function<void(const Served&)> served)
      : loops_(MakeLoops(options.loops)) {
    context_.options = options;
    context_.handler = std::move(handler);
    context_.served = std::move(served);
    for (const int socket : sockets) acceptors_.push_back(std::make_unique<Acceptor>(loops_.front()->io, socket));
  }

  std::size_t Run(std::function<void(int)> on_signal) {
    for (auto& acceptor : acceptors_) Wait(*acceptor);
    asio::signal_set signals(loops_.front()->io, SIGTERM, SIGINT, SIGHUP);
    WaitSignal(signals, on_signal);
    std::vector<std::jthread> threads;
    for (std::size_t i = 1; i < loops_.size(); ++i) {
      threads.emplace_back([this, &io = loops_[i]->io] { RunLoop(io); });
    }
    sigset_t ours;  // blocked in all threads but this one
    sigemptyset(&ours);
    for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&ours, signal);
    pthread_sigmask(SIG_UNBLOCK, &ours, nullptr);
    RunLoop(loops_.front()->io);
    pthread_sigmask(SIG_BLOCK, &ours, nullptr);
    threads.clear();
    // Their requests are dropped: what still computes for them finds the event loops until this object ends.
    const std::size_t left = context_.connections;
    for (auto& loop : loops_) {
      const std::vector<Connection*> all(loop->connections.begin(), loop->connections.end());
      for (Connection* connection : all) connection->Close();
    }
    return left;
  }

  void Drain(std::chrono::milliseconds limit) {
    asio::post(loops_.front()->io, [this, limit] {
      if (context_.draining) return;
      for (auto& acceptor : acceptors_) {  // who has connected is served
        Insist([&] { Accept(*acceptor); });
      }
      context_.draining = true;
      for (auto& acceptor : acceptors_) acceptor->Close();
      for (auto& loop : loops_) {
        Insist([&] {
          asio::post(loop->io, [&loop = *loop] {
            const std::vector<Connection*> all(loop.connections.begin(), loop.connections.end());
            for (Connection* connection : all) connection->Drain();
          });
        });
      }
      drain_end_ = std::chrono::steady_clock::now() + limit;
      StopWhenEmpty();
    });
  }

  const HttpContext& context() const { return context_; }

 private:
  struct Acceptor {
    Acceptor(asio::io_context& io, int socket) : descriptor(io, socket), retry(io) {}
    // It stays: its handlers, which have its address, may be on their way.
    void Close() {
      boost::system::error_code ignored;
      descriptor.close(ignored);
      retry.cancel();
    }
    bool is_open() const { return descriptor.is_open(); }
    asio::posix::stream_descriptor descriptor;
    asio::steady_timer retry;
    bool waits = false;  // for a connection, or to try again
  };

  static std::vector<std::unique_ptr<Loop>> MakeLoops(int count) {
    std::vector<std::unique_ptr<Loop>> loops;
    for (int i = 0; i < count; ++i) loops.push_back(std::make_unique<Loop>());
    return loops;
  }

  // A handler that finds no memory ends there, and its connection is closed; the loop goes on.
  void RunLoop(asio::io_context& io) {
    const auto guard = asio::make_work_guard(io);
    while (!io.stopped()) {
      try {
        io.run();
      } catch (const std::exception&) {
        if (&io == &loops_.front()->io) WaitForAll();
      }
    }
  }

  // After an exception may have ended the wait of one of them.
  void WaitForAll() {
    for (auto& acceptor : acceptors_) {
      if (!acceptor->waits && acceptor->is_open()) Insist([&] { Wait(*acceptor); });
    }
  }

  void WaitSignal(asio::signal_set& signals, const std::function<void(int)>& on_signal) {
    signals.async_wait([this, &signals, &on_signal](boost::system::error_code error, int signal) {
      if (error) return;
      Insist([&] { on_signal(signal); });
      Insist([&] { WaitSignal(signals, on_signal); });
    });
  }

  void Wait(Acceptor& acceptor) {
    acceptor.descriptor.async_wait(asio::posix::stream_descriptor::wait_read,
                                   [this, &acceptor](boost::system::error_code error) {
                                     acceptor.waits = false;
                                     if (!error && acceptor.is_open()) Accept(acceptor);
                                   });
    acceptor.waits = true;
  }

  void Accept(Acceptor& acceptor) {
    while (true) {
      sockaddr_storage address;
      socklen_t size = sizeof address;
      const int socket = accept4(acceptor.descriptor.native_handle(), reinterpret_cast<sockaddr*>(&address), &size,
                                 SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (socket < 0 && (errno == EINTR || errno == ECONNABORTED)) continue;
      if (socket < 0 && (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)) {
        acceptor.retry.expires_after(kRetry);
        acceptor.retry.async_wait([this, &acceptor](boost::system::error_code error) {
          acceptor.waits = false;
          if (!error && acceptor.is_open()) Accept(acceptor);
        });
        acceptor.waits = true;
        return;
      }
      if (socket < 0) break;
      if (context_.connections >= context_.options.connections) {
        const std::string& full = context_.too_many_connections;
        (void)send(socket, full.data(), full.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
        close(socket);
        continue;
      }
      try {
        Begin(socket, PeerName(address));
      } catch (const std::exception&) {
        close(socket);
      }
    }
    Wait(acceptor);
  }

  // Throws where it has not taken the socket.
  void Begin(int socket, std::string client) {
    Loop& loop = *loops_[next_loop_++ % loops_.size()];
    ++context_.connections;
    const auto begin = [this, &loop, socket, client = std::move(client)] {
      std::shared_ptr<Connection> connection;
      try {
        connection = std::make_shared<Connection>(loop, context_, client);
      } catch (const std::exception&) {
        close(socket);
        --context_.connections;
        return;
      }
      connection->Start(socket);
    };
    try {
      asio::post(loop.io, begin);
    } catch (...) {
      --context_.connections;
      throw;
    }
  }

  void StopWhenEmpty() {
    if (context_.connections == 0 || std::chrono::steady_clock::now() >= drain_end_) {
      for (auto& loop : loops_) loop->io.stop();
      return;
    }
    Insist([this] {
      drain_timer_.expires_after(kDrainStep);
      drain_timer_.async_wait([this](boost::system::error_code) { StopWhenEmpty(); });
    });
  }

  HttpContext context_;
  std::vector<std::unique_ptr<Loop>> loops_;  // after context_: connections end first
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::size_t next_loop_ = 0;
  std::chrono::steady_clock::time_point drain_end_{};
  asio::steady_timer drain_timer_{loops_.front()->io};
};

HttpServer::HttpServer(std::vector<int> sockets, const HttpOptions& options, Handler handler,
                       std::function<void(const Served&)> served)
    : impl_(std::make_unique<Impl>(std::move(sockets), options, std::move(handler), std::move(served))) {}
HttpServer::~HttpServer() = default;
std::size_t HttpServer::Run(std::function<void(int)> on_signal) { return impl_->Run(std::move(on_signal)); }
void HttpServer::Drain(std::chrono::milliseconds limit) { impl_->Drain(limit); }
bool HttpServer::draining() const { return impl_->context().draining; }
std::size_t HttpServer::connections() const { return impl_->context().connections; }

}  // namespace server
