// TLS 1.2 and 1.3 by OpenSSL, on the socket itself.
#include "tls.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <new>
#include <stdexcept>
#include <utility>

namespace server {
namespace {

[[noreturn]] void Fail(const std::string& file, const std::string& what) {
  char reason[256] = "unknown reason";
  if (const unsigned long error = ERR_get_error(); error != 0) ERR_error_string_n(error, reason, sizeof reason);
  ERR_clear_error();
  throw std::runtime_error(file + ": " + what + ": " + reason);
}

std::shared_ptr<ssl_ctx_st> MakeContext(const std::string& certificate, const std::string& key) {
  std::shared_ptr<ssl_ctx_st> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (!context) throw std::bad_alloc();
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  SSL_CTX_set_options(context.get(), SSL_OP_NO_RENEGOTIATION);
  // Idle connections keep no buffers; a write that was cut short may go on from a buffer that moved.
  SSL_CTX_set_mode(context.get(),
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (SSL_CTX_use_certificate_chain_file(context.get(), certificate.c_str()) != 1) {
    Fail(certificate, "expected a certificate chain in PEM form");
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    Fail(key, "expected the certificate's private key in PEM form");
  }
  return context;
}

}  // namespace

TlsSession::TlsSession(ssl_ctx_st* context, int socket) : ssl_(SSL_new(context)) {
  if (ssl_ == nullptr || SSL_set_fd(ssl_, socket) != 1) {
    SSL_free(ssl_);
    throw std::bad_alloc();
  }
  SSL_set_accept_state(ssl_);
}

TlsSession::~TlsSession() { SSL_free(ssl_); }

ssize_t TlsSession::Result(int count) {
  wants_read_ = wants_write_ = false;
  if (count > 0) return count;
  const int error = SSL_get_error(ssl_, count);
  ERR_clear_error();
  if (error == SSL_ERROR_ZERO_RETURN) return 0;
  wants_read_ = error == SSL_ERROR_WANT_READ;
  wants_write_ = error == SSL_ERROR_WANT_WRITE;
  broken_ = !wants_read_ && !wants_write_;
  errno = broken_ ? EPROTO : EAGAIN;
  return -1;
}

ssize_t TlsSession::Receive(char* buffer, std::size_t size) {
  return Result(SSL_read(ssl_, buffer, static_cast<int>(std::min<std::size_t>(size, std::numeric_limits<int>::max()))));
}

ssize_t TlsSession::Transmit(std::string_view bytes) {
  return Result(SSL_write(ssl_, bytes.data(),
                          static_cast<int>(std::min<std::size_t>(bytes.size(), std::numeric_limits<int>::max()))));
}

bool TlsSession::has_pending() const { return SSL_pending(ssl_) > 0; }

void TlsSession::End() {
  if (!broken_ && SSL_is_init_finished(ssl_) == 1) SSL_shutdown(ssl_);
  ERR_clear_error();
}

Tls::Tls(std::string certificate, std::string key)
    : certificate_(std::move(certificate)), key_(std::move(key)), context_(MakeContext(certificate_, key_)) {}

void Tls::Reload() {
  auto context = MakeContext(certificate_, key_);
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

std::unique_ptr<TlsSession> Tls::Accept(int socket) {
  const std::lock_guard lock(mutex_);
  return std::make_unique<TlsSession>(context_.get(), socket);  // the session keeps the context
}

}  // namespace server
