// Plain sockets: the event loops only wait for them.
#include "listen.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netdb.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <stdexcept>

namespace server {
namespace {

constexpr std::string_view kUnix = "unix:";
constexpr int kFirstInherited = 3;  // SD_LISTEN_FDS_START

[[noreturn]] void Fail(const std::string& address, const std::string& what, int error) {
  throw std::runtime_error("--listen " + address + ": " + what + ": " + std::strerror(error));
}

// Closes the socket where the rest fails.
int BindAndListen(int socket, const sockaddr* address, socklen_t size, const std::string& name) {
  if (bind(socket, address, size) == 0 && listen(socket, SOMAXCONN) == 0) return socket;
  const int error = errno;
  close(socket);
  Fail(name, "cannot listen", error);
}

int ListenUnix(const std::string& name) {
  const std::string path = name.substr(kUnix.size());
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path) {
    throw std::runtime_error("--listen " + name + ": expected a path of 1 to " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes, found " +
                             std::to_string(path.size()));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  const auto* any = reinterpret_cast<const sockaddr*>(&address);
  const int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (probe < 0) Fail(name, "no socket", errno);
  const bool dead = connect(probe, any, sizeof address) != 0 && errno == ECONNREFUSED;
  close(probe);
  if (dead) unlink(path.c_str());
  const int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) Fail(name, "no socket", errno);
  return BindAndListen(listener, any, sizeof address, name);
}

}  // namespace

int Listen(const std::string& address) {
  if (address.starts_with(kUnix)) return ListenUnix(address);
  const std::size_t colon = address.rfind(':');
  if (colon == std::string::npos || colon == 0 || colon + 1 == address.size()) {
    throw std::runtime_error("--listen: expected HOST:PORT or unix:PATH, found \"" + address + '"');
  }
  std::string host = address.substr(0, colon);
  if (host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (const int error = getaddrinfo(host.c_str(), address.c_str() + colon + 1, &hints, &found); error != 0) {
    throw std::runtime_error("--listen " + address + ": " + gai_strerror(error));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  const int listener = socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (listener < 0) Fail(address, "no socket", errno);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return BindAndListen(listener, found->ai_addr, found->ai_addrlen, address);
}

std::vector<int> InheritedSockets() {
  const char* pid = std::getenv("LISTEN_PID");
  const char* count = std::getenv("LISTEN_FDS");
  if (pid == nullptr || count == nullptr || std::atol(pid) != getpid()) return {};
  std::vector<int> sockets;
  for (int i = 0; i < std::atoi(count); ++i) {
    const int socket = kFirstInherited + i;
    int listening = 0;
    socklen_t size = sizeof listening;
    if (getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0 || listening == 0) {
      throw std::runtime_error("LISTEN_FDS: file descriptor " + std::to_string(socket) + " is no listening socket");
    }
    fcntl(socket, F_SETFD, FD_CLOEXEC);
    fcntl(socket, F_SETFL, fcntl(socket, F_GETFL) | O_NONBLOCK);
    sockets.push_back(socket);
  }
  return sockets;
}

std::string PeerName(const sockaddr_storage& address) {
  char name[NI_MAXHOST];
  if (address.ss_family == AF_UNIX || getnameinfo(reinterpret_cast<const sockaddr*>(&address), sizeof address, name,
                                                  sizeof name, nullptr, 0, NI_NUMERICHOST) != 0) {
    return "unix";
  }
  return name;
}

std::string AddressOf(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return "?";
  if (address.ss_family == AF_UNIX) {
    return std::string(kUnix) + reinterpret_cast<const sockaddr_un*>(&address)->sun_path;
  }
  const bool is_v6 = address.ss_family == AF_INET6;
  const auto port = is_v6 ? reinterpret_cast<const sockaddr_in6*>(&address)->sin6_port
                          : reinterpret_cast<const sockaddr_in*>(&address)->sin_port;
  const std::string host = PeerName(address);
  return (is_v6 ? '[' + host + ']' : host) + ':' + std::to_string(ntohs(port));
}

}  // namespace server
