// Listening sockets: TCP, Unix, and those that systemd hands over.
#pragma once

#include <sys/socket.h>

#include <string>
#include <vector>

namespace server {

// The socket for "HOST:PORT" or "unix:PATH"; port 0: any free one. A Unix socket that nobody listens on is replaced.
// Throws std::runtime_error naming the address.
int Listen(const std::string& address);

// Those that systemd passed ($LISTEN_FDS), if it did for this process; see sd_listen_fds(3).
std::vector<int> InheritedSockets();

// What a socket listens on: "127.0.0.1:8080", "[::1]:8080" or "unix:PATH".
std::string AddressOf(int socket);

// The other end's address without its port; "unix" for a Unix socket.
std::string PeerName(const sockaddr_storage& address);

}  // namespace server
