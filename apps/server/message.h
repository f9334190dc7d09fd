// What an HTTP request and its response are to the handlers: no socket, no parser.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace server {

using Headers = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string target;  // path and query, as sent
  Headers headers;     // names in lower case
  std::string body;    // whole, its transfer coding undone
  std::string client;  // the peer's address; "unix" for a Unix socket
  bool http_1_0 = false;
  bool keep_alive = true;

  // The target without its query, still percent-encoded.
  std::string_view path() const { return std::string_view(target).substr(0, target.find('?')); }

  // The value of the first header of that name, given in lower case; none if it is not there.
  std::optional<std::string_view> find_header(std::string_view name) const {
    for (const auto& [key, value] : headers) {
      if (key == name) return value;
    }
    return std::nullopt;
  }
  // The same; empty if it is not there.
  std::string_view header(std::string_view name) const { return find_header(name).value_or(""); }
};

// The value of a parameter of the target's query; empty text where it has no "="; none if it is not there.
std::optional<std::string> QueryParameter(std::string_view target, std::string_view name);

// %41 becomes A. What is no escape stays.
std::string PercentDecoded(std::string_view text);

struct Response {
  int status = 200;
  std::string body;
  std::string content_type = "application/json";
  Headers headers;  // beyond those that the connection writes by itself
};

// Where a request's answer goes. Thread-safe.
class Exchange {
 public:
  virtual ~Exchange() = default;

  // The first call counts; the connection may have answered by itself already, after the deadline.
  virtual void Respond(Response response) = 0;

  // Runs the task on the connection's event loop.
  virtual void Post(std::function<void()> task) = 0;

  // `stop` is called on the event loop when the client has gone or the deadline has passed, soon if that has happened
  // already.
  virtual void OnStop(std::function<void()> stop) = 0;
};

// A request whose body is read while its answer is being written. All calls happen on the event loop.
class Stream {
 public:
  virtual ~Stream() = default;

  // The next bytes of the body; `last` once, with the end.
  virtual void OnBody(std::string_view bytes, bool last) = 0;

  // The client has gone, or takes nothing any more.
  virtual void OnStop() = 0;
};

// Where a streamed answer goes. Post is thread-safe; all else happens on the event loop.
class StreamExchange {
 public:
  virtual ~StreamExchange() = default;
  virtual void Write(std::string_view bytes) = 0;
  virtual void End() = 0;  // after the last Write

  // Whether more of the body is wanted; at first it is. Beyond that the connection waits until the client has taken
  // what was written.
  virtual void WantBody(bool wanted) = 0;
  virtual void Post(std::function<void()> task) = 0;
};

// Takes requests with a body of any length: called when the header is there. Null, with the refusal in the response,
// for those that are to be handled whole.
using StreamHandler =
    std::function<std::shared_ptr<Stream>(const Request&, std::shared_ptr<StreamExchange>, Response& refusal)>;

using Handler = std::function<void(Request, std::shared_ptr<Exchange>)>;

// {"error": .., "error_type": ..}, as text-embeddings-inference answers; the other protocols read "error" alone.
Response ErrorResponse(int status, std::string_view error_type, std::string_view message);

// "Not Found" and so on.
std::string_view ReasonPhrase(int status);

}  // namespace server
