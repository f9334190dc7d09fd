// Waits for the socket to be ready, then reads or writes without blocking; so an idle connection holds no buffer.
// More than 300 lines because reading, answering, streaming and writing are steps of one state machine.
#include "connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <charconv>
#include <ctime>
#include <new>
#include <utility>

#include "valence/version.h"

namespace server {
namespace {

using namespace std::chrono_literals;
namespace asio = boost::asio;
using asio::generic::stream_protocol;

// What is read ahead behind a request that is being answered.
constexpr std::size_t kReadAhead = 64 * 1024;
// After a refusal the rest of the request is read and dropped, so that the client gets to see the answer.
constexpr std::size_t kDiscarded = 4 * 1024 * 1024;
constexpr auto kLinger = 2s;
// While draining: a request that is on its way already is answered.
constexpr auto kDrainGrace = 1s;
// Of a streamed answer: above this no more of the body is read until the client has taken it.
constexpr std::size_t kUnsent = 256 * 1024;
// Above this an emptied buffer's memory is given back.
constexpr std::size_t kKeptBuffer = 16 * 1024;

std::string Date() {
  const std::time_t now = std::time(nullptr);
  std::tm parts;
  gmtime_r(&now, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
  return {text, size};
}

// The header of a response whose body follows in pieces has no length; `length`: of all others.
std::string HeaderOf(const Request& request, const Response& response, bool keep_alive,
                     std::optional<std::size_t> length, bool chunked = false) {
  std::string header = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  header.append(ReasonPhrase(response.status)).append("\r\nserver: valence-server/" VALENCE_VERSION "\r\ndate: ");
  header.append(Date());
  if (length != 0) header.append("\r\ncontent-type: ").append(response.content_type);
  if (length) header.append("\r\ncontent-length: ").append(std::to_string(*length));
  if (chunked) header.append("\r\ntransfer-encoding: chunked");
  if (!keep_alive) {
    header.append("\r\nconnection: close");
  } else if (request.http_1_0) {  // such a client waits for the end of the connection unless it is told
    header.append("\r\nconnection: keep-alive");
  }
  for (const auto& [name, value] : response.headers) header.append("\r\n").append(name).append(": ").append(value);
  return header.append("\r\n\r\n");
}

// How long the client will wait for its answer; none: its header is no such number.
std::optional<std::chrono::milliseconds> AskedTimeout(const Request& request) {
  const auto header = request.find_header("x-request-timeout-ms");
  if (!header) return std::chrono::milliseconds::max();
  const std::string_view text = *header;
  std::uint32_t milliseconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), milliseconds);
  if (error != std::errc() || end != text.data() + text.size() || milliseconds == 0) return std::nullopt;
  return std::chrono::milliseconds(milliseconds);
}

}  // namespace

std::string RefusalOnWire(std::string_view message) {
  const Response response = ErrorResponse(503, "overloaded", message);
  return "HTTP/1.1 503 " + std::string(ReasonPhrase(503)) +
         "\r\nretry-after: 1\r\ncontent-type: " + response.content_type +
         "\r\ncontent-length: " + std::to_string(response.body.size()) + "\r\nconnection: close\r\n\r\n" +
         response.body;
}

// Runs the task on the event loop; where it finds no memory the connection, if it is still there, ends.
void Connection::PostGuarded(const std::weak_ptr<Connection>& connection, asio::io_context& io,
                             std::function<void()> task) {
  asio::post(io, [connection, task = std::move(task)] {
    try {
      task();
    } catch (const std::exception&) {
      if (const auto alive = connection.lock()) alive->OnOutOfMemory();
    }
  });
}

// The way back from a handler on any thread to the connection, which may be gone.
class Connection::Answer final : public Exchange {
 public:
  Answer(std::weak_ptr<Connection> connection, asio::io_context& io, std::size_t number)
      : connection_(std::move(connection)), io_(io), number_(number) {}

  void Respond(Response response) override {
    asio::dispatch(io_, [connection = connection_, number = number_, response = std::move(response)] {
      const auto alive = connection.lock();
      if (alive) alive->Guarded([&] { alive->OnAnswer(number, response); });
    });
  }

  void Post(std::function<void()> task) override { PostGuarded(connection_, io_, std::move(task)); }

  void OnStop(std::function<void()> stop) override {
    asio::dispatch(io_, [connection = connection_, number = number_, stop = std::move(stop)] {
      const auto alive = connection.lock();
      if (alive && alive->state_ == State::kAnswering && alive->number_ == number) {
        alive->Guarded([&] { alive->stop_ = stop; });
      } else {
        stop();
      }
    });
  }

 private:
  const std::weak_ptr<Connection> connection_;
  asio::io_context& io_;
  const std::size_t number_;
};

class Connection::StreamAnswer final : public StreamExchange {
 public:
  StreamAnswer(std::weak_ptr<Connection> connection, asio::io_context& io, std::size_t number)
      : connection_(std::move(connection)), io_(io), number_(number) {}

  void Write(std::string_view bytes) override {
    const auto connection = Alive();
    if (!connection || bytes.empty()) return;
    if (connection->chunked_) {
      char size[32];
      const auto end = std::to_chars(size, size + sizeof size, bytes.size(), 16).ptr;
      connection->output_.append(size, end).append("\r\n").append(bytes).append("\r\n");
    } else {
      connection->output_.append(bytes);
    }
    connection->Write();
  }
  void End() override {
    const auto connection = Alive();
    if (!connection) return;
    if (connection->chunked_) connection->output_ += "0\r\n\r\n";
    connection->answer_ended_ = true;
    connection->Write();
  }
  void WantBody(bool wanted) override {
    const auto connection = Alive();
    if (!connection || connection->body_wanted_ == wanted) return;
    connection->body_wanted_ = wanted;
    if (wanted) Post([connection] { connection->Parse(); });
  }
  void Post(std::function<void()> task) override { PostGuarded(connection_, io_, std::move(task)); }

 private:
  std::shared_ptr<Connection> Alive() const {
    auto connection = connection_.lock();
    const bool streaming = connection && connection->state_ == State::kStreaming && connection->number_ == number_;
    return streaming ? connection : nullptr;
  }

  const std::weak_ptr<Connection> connection_;
  asio::io_context& io_;
  const std::size_t number_;
};

Connection::Connection(Loop& loop, HttpContext& context, std::string client)
    : loop_(loop), context_(context), socket_(loop.io), timer_(loop.io), client_(std::move(client)) {
  loop_.connections.insert(this);
}

Connection::~Connection() {
  loop_.connections.erase(this);
  --context_.connections;
}

void Connection::Start(int socket) {
  boost::system::error_code error;
  try {
    socket_.assign(stream_protocol(AF_UNSPEC, 0), socket, error);
  } catch (const std::bad_alloc&) {  // it has not taken the socket: left open, the client would wait for ever
    error = boost::asio::error::no_memory;
  }
  if (error) {
    close(socket);
    return;
  }
  self_ = shared_from_this();
  Guarded([&] {
    if (context_.options.tls) tls_ = context_.options.tls->Accept(socket);
    SetTimer(tls_ ? context_.options.header_timeout : IdleTimeout());
    WaitReadable();
  });
}

template <class Step>
void Connection::Guarded(const Step& step) noexcept {
  const auto self = shared_from_this();
  try {
    step();
  } catch (const std::exception&) {
    OnOutOfMemory();
  }
}

// Needs no memory itself.
void Connection::OnOutOfMemory() noexcept {
  const auto self = shared_from_this();
  parsing_ = false;
  if (state_ == State::kReading || state_ == State::kAnswering) {
    // Nothing of an answer has been sent.
    (void)Transmit(context_.out_of_memory);
    Stop();
    try {
      keep_alive_ = false;
      parser_.reset();
      request_.reset();
      return Linger();
    } catch (const std::exception&) {
    }
  }
  Close();
}

void Connection::Drain() {
  Guarded([this] {
    if (state_ == State::kIdle) SetTimer(IdleTimeout());
  });
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  const auto self = std::move(self_);  // ends this object, at the latest when what has been started has ended
  state_ = State::kClosed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  Stop();
}

void Connection::Stop() noexcept {
  try {
    if (const auto stop = std::exchange(stop_, nullptr)) stop();
    if (const auto stream = std::exchange(stream_, nullptr)) stream->OnStop();
  } catch (const std::exception&) {
    // What is not dropped is computed for nobody.
  }
}

// While a request is answered, reading goes on a little: it shows when the client goes.
bool Connection::WantsInput() const {
  if (state_ == State::kStreaming && !body_ended_) {
    return body_wanted_ && output_.size() - written_ < kUnsent;
  }
  return state_ == State::kIdle || state_ == State::kReading || input_.size() < kReadAhead;
}

// As recv and send do it without waiting: -1 and errno.
ssize_t Connection::Receive(char* buffer, std::size_t size) {
  return tls_ ? tls_->Receive(buffer, size) : recv(socket_.native_handle(), buffer, size, MSG_DONTWAIT);
}

ssize_t Connection::Transmit(std::string_view bytes) {
  return tls_ ? tls_->Transmit(bytes)
              : send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Connection::WaitReadable() {
  if (waiting_readable_ || state_ == State::kClosed) return;
  const auto ready = [self = shared_from_this()](boost::system::error_code error) {
    self->waiting_readable_ = false;
    if (!error) self->Guarded([&] { self->OnReadable(); });
  };
  // What is decrypted already does not make the socket readable.
  if (tls_ && tls_->has_pending()) {
    asio::post(loop_.io, [ready] { ready({}); });
  } else {
    const bool to_write = tls_ && tls_->wants_write();
    socket_.async_wait(to_write ? stream_protocol::socket::wait_write : stream_protocol::socket::wait_read, ready);
  }
  waiting_readable_ = true;  // not where that found no memory
}

void Connection::OnReadable() {
  thread_local char buffer[64 * 1024];
  if (state_ == State::kClosed) return;
  const ssize_t count = Receive(buffer, sizeof buffer);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return WaitReadable();
  if (count <= 0) return Close();  // a client that will not send is taken for one that has gone
  if (state_ == State::kLingering) {
    discarded_ += static_cast<std::size_t>(count);
    return discarded_ > kDiscarded ? Close() : WaitReadable();
  }
  input_.append(buffer, static_cast<std::size_t>(count));
  Parse();
}

// As far as the input goes, or up to the next request that must wait for its answer.
void Connection::Parse() {
  if (parsing_) return;  // called by an answer that a handler gave at once: the loop below goes on
  parsing_ = true;
  std::size_t taken = 0;
  while (taken < input_.size()) {
    if (state_ == State::kIdle) {
      state_ = State::kReading;
      parser_ = std::make_unique<RequestParser>(context_.options.request);
      seen_header_ = false;
      SetTimer(context_.options.header_timeout);
    }
    const bool takes_body = state_ == State::kStreaming && !body_ended_ && WantsInput();
    if (state_ != State::kReading && !takes_body) break;
    const std::size_t count = parser_->Feed(std::string_view(input_).substr(taken));
    taken += count;
    if (parser_->has_header() && !seen_header_) OnHeader();
    if (state_ == State::kStreaming) {
      PassBody();
    } else if (state_ == State::kReading) {
      if (parser_->failed_status() != 0) {
        Refuse(parser_->failed_status(), parser_->failure());
      } else if (parser_->complete()) {
        Dispatch();
      }
    }
    if (count == 0) break;
  }
  input_.erase(0, taken);
  if (input_.empty() && input_.capacity() > kKeptBuffer) input_ = {};
  parsing_ = false;
  if (WantsInput()) WaitReadable();
}

void Connection::OnHeader() {
  seen_header_ = true;
  if (parser_->failed_status() != 0) return;
  SetTimer(context_.options.body_timeout);
  if (parser_->streams()) BeginStream();
  if (!parser_ || !parser_->expects_continue() || parser_->complete()) return;
  // The send buffer is empty here, but for answers to requests sent without waiting: then the client needs no hint.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  (void)Transmit(kContinue);
}

void Connection::Dispatch() {
  const auto asked = AskedTimeout(parser_->request());
  if (!asked) {
    return Refuse(400, "X-Request-Timeout-Ms: expected milliseconds, 1 to 4294967295, found \"" +
                           std::string(parser_->request().header("x-request-timeout-ms")) + '"');
  }
  state_ = State::kAnswering;
  Request request = std::move(parser_->request());
  parser_.reset();
  request.client = client_;
  keep_alive_ = request.keep_alive;
  std::string body = std::exchange(request.body, {});
  request_.emplace(request);
  request.body = std::move(body);
  dispatched_ = Clock::now();
  SetTimer(std::min(context_.options.answer_timeout, *asked));
  context_.handler(std::move(request), std::make_shared<Answer>(weak_from_this(), loop_.io, ++number_));
}

// The answer begins at once, so that an error in the midst of it can only be told by its lines.
void Connection::BeginStream() {
  Request request = std::move(parser_->request());
  parser_->request().body = std::exchange(request.body, {});
  request.client = client_;
  keep_alive_ = request.keep_alive;
  chunked_ = !request.http_1_0;
  if (!chunked_) keep_alive_ = false;
  dispatched_ = Clock::now();
  body_wanted_ = true;
  body_ended_ = answer_ended_ = false;
  Response refusal;
  state_ = State::kStreaming;
  stream_ =
      context_.options.stream(request, std::make_shared<StreamAnswer>(weak_from_this(), loop_.io, ++number_), refusal);
  request_.emplace(std::move(request));
  if (!stream_) {
    parser_.reset();
    keep_alive_ = false;
    return Send(refusal);
  }
  Response head;
  head.content_type = "application/x-ndjson";
  if (context_.draining) keep_alive_ = false;
  output_ = HeaderOf(*request_, head, keep_alive_, std::nullopt, chunked_);
  written_ = 0;
}

void Connection::PassBody() {
  const std::string body = std::exchange(parser_->request().body, {});
  body_ended_ = parser_->complete();
  if (parser_->failed_status() != 0) return Close();  // its answer has begun: what is left to do is to cut it off
  if (!body.empty()) SetTimer(context_.options.body_timeout);
  if (const auto stream = stream_; stream && (!body.empty() || body_ended_)) stream->OnBody(body, body_ended_);
  if (state_ == State::kStreaming) Write();
}

void Connection::OnAnswer(std::size_t number, const Response& response) {
  if (state_ != State::kAnswering || number != number_) return;
  stop_ = nullptr;
  Send(response);
}

void Connection::Refuse(int status, std::string_view message) {
  const Response response = ErrorResponse(status, "validation", message);
  request_.emplace(std::move(parser_->request()));
  request_->client = client_;
  parser_.reset();
  dispatched_ = Clock::now();
  keep_alive_ = false;
  Send(response);
}

void Connection::Send(const Response& response) {
  if (context_.served) context_.served({*request_, response, Clock::now() - dispatched_});
  if (context_.draining) keep_alive_ = false;
  output_ = HeaderOf(*request_, response, keep_alive_, response.body.size());
  if (request_->method != "HEAD") output_ += response.body;
  request_.reset();
  written_ = 0;
  state_ = State::kWriting;
  SetTimer(context_.options.write_timeout);
  Write();
}

void Connection::Write() {
  if (writing_) return;
  while ((state_ == State::kWriting || state_ == State::kStreaming) && written_ < output_.size()) {
    const ssize_t count = Transmit(std::string_view(output_).substr(written_));
    if (count >= 0) {
      written_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      writing_ = true;
      SetTimer(context_.options.write_timeout);
      const bool to_read = tls_ && tls_->wants_read();  // the other end's part of the protocol
      socket_.async_wait(to_read ? stream_protocol::socket::wait_read : stream_protocol::socket::wait_write,
                         [self = shared_from_this()](boost::system::error_code error) {
                           self->writing_ = false;
                           if (!error) self->Guarded([&] { self->Write(); });
                         });
      return;
    } else if (errno != EINTR) {
      return Close();
    }
  }
  if (state_ == State::kWriting) {
    OnWritten();
  } else if (state_ == State::kStreaming) {
    OnStreamWritten();
  }
}

void Connection::OnStreamWritten() {
  output_.clear();
  written_ = 0;
  if (!answer_ended_) {
    SetTimer(context_.options.body_timeout);  // for the client to send more, or for what it has sent to be answered
    if (!parsing_) Parse();
    return;
  }
  if (!body_ended_) keep_alive_ = false;
  if (context_.served) context_.served({*request_, {}, Clock::now() - dispatched_});
  request_.reset();
  parser_.reset();
  stream_ = nullptr;
  state_ = State::kWriting;
  OnWritten();
}

void Connection::OnWritten() {
  output_.clear();
  if (output_.capacity() > kKeptBuffer) output_ = {};
  if (!keep_alive_) return Linger();
  state_ = State::kIdle;
  SetTimer(IdleTimeout());
  Parse();
}

// Closing with unread input would make the system send a reset, which can overtake the answer.
void Connection::Linger() {
  state_ = State::kLingering;
  input_ = {};
  if (tls_) tls_->End();
  boost::system::error_code ignored;
  socket_.shutdown(stream_protocol::socket::shutdown_send, ignored);
  SetTimer(kLinger);
  WaitReadable();
}

std::chrono::milliseconds Connection::IdleTimeout() const {
  return context_.draining ? kDrainGrace : context_.options.idle_timeout;
}

void Connection::SetTimer(std::chrono::milliseconds after) {
  timer_.expires_after(after);
  timer_.async_wait([self = weak_from_this()](boost::system::error_code error) {
    if (error) return;
    const auto alive = self.lock();
    // A timer that was set anew while this was on its way is not over.
    if (alive && alive->timer_.expiry() <= Clock::now()) alive->Guarded([&] { alive->OnTimer(); });
  });
}

void Connection::OnTimer() {
  const auto self = shared_from_this();
  if (state_ == State::kReading) {
    Refuse(408, parser_->has_header() ? "the body took too long" : "the header took too long");
  } else if (state_ == State::kAnswering) {
    Stop();
    if (state_ == State::kAnswering) Send(ErrorResponse(504, "timeout", "no answer within the deadline"));
  } else {
    Close();
  }
}

}  // namespace server
