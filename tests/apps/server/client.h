// A small HTTP client that can also send what no client should.
#pragma once

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <utility>

namespace server {

struct Reply {
  int status = 0;  // 0: the connection was closed without an answer
  std::string header;
  std::string body;
};

class Client {
 public:
  explicit Client(int port) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  ~Client() { Close(); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void Close() {
    if (socket_ >= 0) close(std::exchange(socket_, -1));
  }

  Client& Send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t count = send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (count <= 0) break;
      bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return *this;
  }

  Client& Post(const std::string& path, const std::string& body, const std::string& headers = "") {
    return Send("POST " + path + " HTTP/1.1\r\nhost: h\r\ncontent-type: application/json\r\n" + headers +
                "content-length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  Client& Get(const std::string& path) { return Send("GET " + path + " HTTP/1.1\r\nhost: h\r\n\r\n"); }

  // The next answer that states its length; 100 Continue is passed over.
  Reply Read() {
    Reply reply;
    const std::size_t end = Until("\r\n\r\n");
    if (end == std::string::npos) return reply;
    reply.header = input_.substr(0, end);
    input_.erase(0, end + 4);
    reply.status = std::atoi(reply.header.c_str() + reply.header.find(' '));
    if (reply.status == 100) return Read();
    const std::size_t length = reply.header.find("content-length: ");
    if (length == std::string::npos) return reply;
    const auto size = static_cast<std::size_t>(std::atoll(reply.header.c_str() + length + 16));
    while (input_.size() < size && Fill()) {
    }
    reply.body = input_.substr(0, size);
    input_.erase(0, size);
    return reply;
  }

  // The next chunk of an answer in chunks; empty for the last.
  std::string ReadChunk() {
    const std::size_t end = Until("\r\n");
    if (end == std::string::npos) return {};
    const std::size_t size = std::strtoul(input_.c_str(), nullptr, 16);
    while (input_.size() < end + 2 + size + 2 && Fill()) {
    }
    std::string chunk = input_.substr(end + 2, size);
    input_.erase(0, end + 2 + size + 2);
    return chunk;
  }

  // Everything up to the end of the connection.
  std::string ReadAll() {
    while (Fill()) {
    }
    return std::exchange(input_, {});
  }

  // Whether the server closes within the time, without sending anything more.
  bool Closed(std::chrono::milliseconds within = std::chrono::seconds(5)) {
    pollfd wait{socket_, POLLIN, 0};
    char byte;
    return poll(&wait, 1, static_cast<int>(within.count())) == 1 && recv(socket_, &byte, 1, 0) <= 0;
  }

  int socket() const { return socket_; }

 private:
  std::size_t Until(std::string_view mark) {
    while (input_.find(mark) == std::string::npos) {
      if (!Fill()) return std::string::npos;
    }
    return input_.find(mark);
  }

  bool Fill() {
    pollfd wait{socket_, POLLIN, 0};
    if (poll(&wait, 1, 30'000) != 1) return false;
    char buffer[16 * 1024];
    const ssize_t count = recv(socket_, buffer, sizeof buffer, 0);
    if (count > 0) input_.append(buffer, static_cast<std::size_t>(count));
    return count > 0;
  }

  int socket_;
  std::string input_;
};

}  // namespace server
