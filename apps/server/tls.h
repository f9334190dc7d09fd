// TLS on a socket that never waits. The only part that knows OpenSSL.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

struct ssl_st;
struct ssl_ctx_st;

namespace server {

// One connection; used by one thread at a time.
class TlsSession {
 public:
  TlsSession(ssl_ctx_st* context, int socket);
  ~TlsSession();
  TlsSession(const TlsSession&) = delete;
  TlsSession& operator=(const TlsSession&) = delete;

  // As recv and send do it: the bytes' count, 0 at the end, or -1 and errno: EAGAIN where the socket must become ready,
  // else EPROTO. The handshake is a part of both.
  ssize_t Receive(char* buffer, std::size_t size);
  ssize_t Transmit(std::string_view bytes);

  // After EAGAIN: what for, where it is not the obvious.
  bool wants_read() const { return wants_read_; }
  bool wants_write() const { return wants_write_; }

  // Decrypted bytes wait.
  bool has_pending() const;

  // Tells the other end that nothing follows.
  void End();

 private:
  ssize_t Result(int count);

  ssl_st* ssl_;
  bool wants_read_ = false;
  bool wants_write_ = false;
  bool broken_ = false;
};

// A certificate and its key. Thread-safe.
class Tls {
 public:
  // PEM files. Throws std::runtime_error naming the file.
  Tls(std::string certificate, std::string key);

  // Reads the files anew, for connections from now on. Throws as above; the old certificate stays then.
  void Reload();

  std::unique_ptr<TlsSession> Accept(int socket);

 private:
  const std::string certificate_;
  const std::string key_;
  std::mutex mutex_;
  std::shared_ptr<ssl_ctx_st> context_;
};

}  // namespace server
