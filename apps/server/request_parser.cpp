// Beast's parser finds the lines, fields and chunks; what may be in them is decided here.
#include "request_parser.h"

#include <algorithm>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <limits>

namespace server {
namespace {

namespace http = boost::beast::http;
using boost::beast::error_code;
using boost::beast::string_view;

std::string Lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return text;
}

// A client that takes the server for a proxy sends the whole address: http://host/path. RFC 9112, 3.2.2: every server
// takes that form. Returns path and query; other targets as they are.
std::string WithoutOrigin(std::string_view target) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (Lower(std::string(target.substr(0, scheme.size()))) != scheme) continue;
    const std::size_t path = target.find_first_of("/?", scheme.size());
    if (path == std::string_view::npos) return "/";
    return (target[path] == '?' ? "/" : "") + std::string(target.substr(path));
  }
  return std::string(target);
}

}  // namespace

class RequestParser::Impl final : public http::basic_parser<true> {
 public:
  explicit Impl(const RequestLimits& its_limits) : limits(its_limits) {
    header_limit(limits.header_bytes);
    body_limit(std::numeric_limits<std::uint64_t>::max());  // ours counts; Beast 1.74 takes none for 0
    eager(true);
  }

  std::size_t Feed(std::string_view bytes) {
    std::size_t taken = 0;
    while (status == 0 && !is_done() && taken < bytes.size()) {
      error_code error;
      // No more at a time than a header may have: Beast has no limit for a chunk's first line and for trailers.
      const std::size_t offered = std::min<std::size_t>(bytes.size() - taken, limits.header_bytes);
      const std::size_t count = put(boost::asio::const_buffer(bytes.data() + taken, offered), error);
      taken += count;
      if (error && error != http::error::need_more)
        Fail(StatusOf(error), "the request is malformed: " + error.message());
      if (count > 0) continue;
      if (error == http::error::need_more && offered == limits.header_bytes) {
        Fail(431, "a chunk's first line or the trailers have more than " + std::to_string(offered) + " bytes");
      }
      break;
    }
    return taken;
  }

  const RequestLimits limits;
  Request request;
  bool streams = false;
  bool expects_continue = false;
  int status = 0;
  std::string failure;

 private:
  // The first reason stays.
  void Fail(int its_status, std::string reason) {
    if (status != 0) return;
    status = its_status;
    failure = std::move(reason);
  }
  void Fail(int its_status, std::string reason, error_code& error) {
    Fail(its_status, std::move(reason));
    error = http::error::bad_value;
  }

  static int StatusOf(const error_code& error) {
    if (error == http::error::header_limit) return 431;
    if (error == http::error::body_limit) return 413;
    if (error == http::error::bad_version) return 505;
    return 400;
  }

  void on_request_impl(http::verb, string_view method, string_view target, int version, error_code& error) override {
    request.method.assign(method.data(), method.size());
    request.http_1_0 = version == 10;
    if (version != 10 && version != 11) return Fail(505, "expected HTTP/1.0 or HTTP/1.1", error);
    if (target.size() > limits.target_bytes) {
      return Fail(414, "the target has more than " + std::to_string(limits.target_bytes) + " bytes", error);
    }
    request.target = WithoutOrigin({target.data(), target.size()});
  }

  void on_field_impl(http::field, string_view name, string_view value, error_code& error) override {
    if (is_header_done()) return;  // a trailer, which a proxy has not looked at: nothing here needs one
    std::string key = Lower({name.data(), name.size()});
    std::string text(value.data(), value.size());
    const bool again = !request.header(key).empty();
    if (key == "content-length") {
      if (lengths_++ > 0 || codings_ > 0) return Fail(400, "more than one length of the body", error);
      if (text.empty() || text.find_first_not_of("0123456789") != std::string::npos) {
        return Fail(400, "Content-Length: expected digits, found \"" + text + '"', error);
      }
    } else if (key == "transfer-encoding") {
      if (codings_++ > 0 || lengths_ > 0) return Fail(400, "more than one length of the body", error);
      if (request.http_1_0) return Fail(400, "Transfer-Encoding in an HTTP/1.0 request", error);
      if (Lower(text) != "chunked")
        return Fail(501, "Transfer-Encoding: expected chunked, found \"" + text + '"', error);
    } else if (key == "host") {
      if (hosts_++ > 0) return Fail(400, "more than one Host", error);
    } else if (key == "expect") {
      if (Lower(text) != "100-continue") {
        return Fail(417, "Expect: expected 100-continue, found \"" + text + '"', error);
      }
      expects_continue = !request.http_1_0;
    } else if (again && (key == "inference-header-content-length" || key == "authorization" || key == "content-type")) {
      return Fail(400, "more than one " + key, error);
    }
    request.headers.emplace_back(std::move(key), std::move(text));
  }

  void on_header_impl(error_code& error) override {
    if (!request.http_1_0 && hosts_ == 0) return Fail(400, "the request has no Host", error);
    request.keep_alive = keep_alive();
    streams = limits.streams && limits.streams(request);
    if (const auto length = content_length(); length && !streams && *length > limits.body_bytes) FailTooLarge(error);
  }

  void on_body_init_impl(const boost::optional<std::uint64_t>& length, error_code&) override {
    if (!length) return;
    request.body.reserve(static_cast<std::size_t>(std::min<std::uint64_t>(*length, kReserved)));
  }
  std::size_t on_body_impl(string_view bytes, error_code& error) override {
    if (!streams && request.body.size() + bytes.size() > limits.body_bytes) {
      FailTooLarge(error);
      return 0;
    }
    request.body.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, string_view extensions, error_code& error) override {
    if (!extensions.empty()) Fail(400, "chunk extensions are not taken", error);
  }
  std::size_t on_chunk_body_impl(std::uint64_t, string_view bytes, error_code& error) override {
    return on_body_impl(bytes, error);
  }
  void on_finish_impl(error_code&) override {}
  void on_response_impl(int, string_view, int, error_code&) override {}

  void FailTooLarge(error_code& error) {
    Fail(413, "the body has more than " + std::to_string(limits.body_bytes) + " bytes", error);
  }

  static constexpr std::uint64_t kReserved = 64 * 1024;  // a length alone must not cost memory
  int lengths_ = 0;
  int codings_ = 0;
  int hosts_ = 0;
};

RequestParser::RequestParser(const RequestLimits& limits) : impl_(std::make_unique<Impl>(limits)) {}
RequestParser::~RequestParser() = default;

std::size_t RequestParser::Feed(std::string_view bytes) { return impl_->Feed(bytes); }
bool RequestParser::started() const { return impl_->got_some(); }
bool RequestParser::has_header() const { return impl_->is_header_done(); }
bool RequestParser::complete() const { return impl_->status == 0 && impl_->is_done(); }
bool RequestParser::expects_continue() const { return impl_->expects_continue; }
int RequestParser::failed_status() const { return impl_->status; }
const std::string& RequestParser::failure() const { return impl_->failure; }
Request& RequestParser::request() { return impl_->request; }
bool RequestParser::streams() const { return impl_->streams; }

}  // namespace server
