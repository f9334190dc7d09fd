// Waits for the socket to be ready, then reads or writes without blocking; so an idle connection holds no buffer.
#include "connection.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <ctime>
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

std::string HeaderOf(const Response& response, bool keep_alive) {
  std::string header = "HTTP/1.1 " + std::to_string(response.status) + ' ';
  header.append(ReasonPhrase(response.status)).append("\r\nserver: valence-server/" VALENCE_VERSION "\r\ndate: ");
  header.append(Date());
  if (!response.body.empty()) header.append("\r\ncontent-type: ").append(response.content_type);
  header.append("\r\ncontent-length: ").append(std::to_string(response.body.size()));
  if (!keep_alive) header.append("\r\nconnection: close");
  for (const auto& [name, value] : response.headers) header.append("\r\n").append(name).append(": ").append(value);
  return header.append("\r\n\r\n");
}

}  // namespace

// The way back from a handler on any thread to the connection, which may be gone.
class Connection::Answer final : public Exchange {
 public:
  Answer(std::weak_ptr<Connection> connection, asio::io_context& io, std::size_t number)
      : connection_(std::move(connection)), io_(io), number_(number) {}

  void Respond(Response response) override {
    asio::dispatch(io_, [connection = connection_, number = number_, response = std::move(response)] {
      if (const auto alive = connection.lock()) alive->OnAnswer(number, response);
    });
  }

  void Post(std::function<void()> task) override { asio::post(io_, std::move(task)); }

  void OnStop(std::function<void()> stop) override {
    const auto connection = connection_.lock();
    if (connection && connection->state_ == State::kAnswering && connection->number_ == number_) {
      connection->stop_ = std::move(stop);
    } else {
      stop();
    }
  }

 private:
  const std::weak_ptr<Connection> connection_;
  asio::io_context& io_;
  const std::size_t number_;
};

Connection::Connection(Loop& loop, HttpContext& context, int socket, std::string client)
    : loop_(loop),
      context_(context),
      socket_(loop.io, stream_protocol(AF_UNSPEC, 0), socket),
      timer_(loop.io),
      client_(std::move(client)) {
  loop_.connections.insert(this);
}

Connection::~Connection() {
  loop_.connections.erase(this);
  --context_.connections;
}

void Connection::Start() {
  SetTimer(context_.options.idle_timeout);
  WaitReadable();
}

void Connection::Drain() {
  if (state_ == State::kIdle) SetTimer(kDrainGrace);
}

void Connection::Close() {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  boost::system::error_code ignored;
  socket_.close(ignored);
  timer_.cancel();
  Stop();
}

void Connection::Stop() {
  if (const auto stop = std::exchange(stop_, nullptr)) stop();
}

void Connection::WaitReadable() {
  if (waiting_readable_ || state_ == State::kClosed) return;
  waiting_readable_ = true;
  socket_.async_wait(stream_protocol::socket::wait_read, [self = shared_from_this()](boost::system::error_code error) {
    self->waiting_readable_ = false;
    if (!error) self->OnReadable();
  });
}

void Connection::OnReadable() {
  thread_local char buffer[64 * 1024];
  if (state_ == State::kClosed) return;
  const ssize_t count = recv(socket_.native_handle(), buffer, sizeof buffer, MSG_DONTWAIT);
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
  while ((state_ == State::kIdle || state_ == State::kReading) && taken < input_.size()) {
    if (state_ == State::kIdle) {
      state_ = State::kReading;
      parser_ = std::make_unique<RequestParser>(context_.options.request);
      seen_header_ = false;
      SetTimer(context_.options.header_timeout);
    }
    const std::size_t count = parser_->Feed(std::string_view(input_).substr(taken));
    taken += count;
    if (parser_->failed_status() != 0) {
      Refuse(parser_->failed_status(), parser_->failure());
    } else if (parser_->complete()) {
      Dispatch();
    } else {
      if (parser_->has_header() && !seen_header_) OnHeader();
      if (count == 0) break;
    }
  }
  input_.erase(0, taken);
  if (input_.empty() && input_.capacity() > kKeptBuffer) input_ = {};
  parsing_ = false;
  // While a request is answered, reading goes on a little: it shows when the client goes.
  if (state_ == State::kIdle || state_ == State::kReading || input_.size() < kReadAhead) WaitReadable();
}

void Connection::OnHeader() {
  seen_header_ = true;
  SetTimer(context_.options.body_timeout);
  if (!parser_->expects_continue()) return;
  // The send buffer is empty here, but for answers to requests sent without waiting: then the client needs no hint.
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  (void)send(socket_.native_handle(), kContinue.data(), kContinue.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
}

void Connection::Dispatch() {
  state_ = State::kAnswering;
  Request request = std::move(parser_->request());
  parser_.reset();
  request.client = client_;
  keep_alive_ = request.keep_alive;
  request_.emplace(request);
  request_->body.clear();
  dispatched_ = Clock::now();
  SetTimer(context_.options.answer_timeout);
  context_.handler(std::move(request), std::make_shared<Answer>(weak_from_this(), loop_.io, ++number_));
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
  const bool head = request_->method == "HEAD";
  request_.reset();
  if (context_.draining) keep_alive_ = false;
  output_ = HeaderOf(response, keep_alive_);
  if (!head) output_ += response.body;
  written_ = 0;
  state_ = State::kWriting;
  SetTimer(context_.options.write_timeout);
  Write();
}

void Connection::Write() {
  while (state_ == State::kWriting && written_ < output_.size()) {
    const ssize_t count = send(socket_.native_handle(), output_.data() + written_, output_.size() - written_,
                               MSG_DONTWAIT | MSG_NOSIGNAL);
    if (count >= 0) {
      written_ += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      socket_.async_wait(stream_protocol::socket::wait_write,
                         [self = shared_from_this()](boost::system::error_code error) {
                           if (!error) self->Write();
                         });
      return;
    } else if (errno != EINTR) {
      return Close();
    }
  }
  if (state_ == State::kWriting) OnWritten();
}

void Connection::OnWritten() {
  output_.clear();
  if (output_.capacity() > kKeptBuffer) output_ = {};
  if (!keep_alive_) return Linger();
  state_ = State::kIdle;
  SetTimer(context_.options.idle_timeout);
  Parse();
}

// Closing with unread input would make the system send a reset, which can overtake the answer.
void Connection::Linger() {
  state_ = State::kLingering;
  input_ = {};
  boost::system::error_code ignored;
  socket_.shutdown(stream_protocol::socket::shutdown_send, ignored);
  SetTimer(kLinger);
  WaitReadable();
}

void Connection::SetTimer(std::chrono::milliseconds after) {
  timer_.expires_after(after);
  timer_.async_wait([self = weak_from_this()](boost::system::error_code error) {
    if (error) return;
    const auto alive = self.lock();
    // A timer that was set anew while this was on its way is not over.
    if (alive && alive->timer_.expiry() <= Clock::now()) alive->OnTimer();
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
