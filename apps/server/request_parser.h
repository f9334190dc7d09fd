// Bytes in, one HTTP/1 request out. The only part that knows Boost.Beast.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "message.h"

namespace server {

struct RequestLimits {
  std::uint32_t header_bytes = 16 * 1024;  // the request line and all header lines
  std::size_t target_bytes = 4 * 1024;
  std::uint64_t body_bytes = 16 * 1024 * 1024;  // its transfer coding undone
  std::function<bool(const Request&)> streams;  // requests, known by their header, without a limit on the body
};

// Stricter than RFC 9112 where proxies are known to differ: see docs/valence-server.md, "Faults".
class RequestParser {
 public:
  explicit RequestParser(const RequestLimits& limits);
  ~RequestParser();

  // Takes bytes from the front and says how many; what it did not take is to come again with more behind it. Takes
  // nothing once the request is complete or has failed.
  std::size_t Feed(std::string_view bytes);

  bool started() const;           // some of the header has been taken
  bool has_header() const;        // the header is complete
  bool complete() const;          // the body too
  bool streams() const;           // the body may be of any length: to be taken from the request piece by piece
  bool expects_continue() const;  // the client waits for "100 Continue"; after the header
  int failed_status() const;      // 0: none
  const std::string& failure() const;

  // Its body is there once complete().
  Request& request();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace server
