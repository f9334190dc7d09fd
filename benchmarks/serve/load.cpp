// Sends HTTP requests at times that do not depend on the answers (an open loop, Poisson arrivals), or on each
// connection one after the other (a closed loop), and prints one line of JSON: counts and latencies, a request's
// latency counted from the time at which it was due.
//   serve_load PORT PATH BODIES CONNECTIONS SECONDS [RATE]     BODIES: a file, a request's body a line; no RATE: closed
//   loop
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <random>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Connection {
  int socket = -1;
  bool busy = false;
  Clock::time_point due;
  std::string input;
};

double Milliseconds(Clock::duration time) { return std::chrono::duration<double, std::milli>(time).count(); }

int Connect(int port) {
  const int found = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(found, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
    std::perror("load: connect");
    std::exit(1);
  }
  const int on = 1;
  setsockopt(found, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return found;
}

// The length of the first answer in the input, 0 while it is not whole.
std::size_t WholeAnswer(const std::string& input) {
  const std::size_t end = input.find("\r\n\r\n");
  if (end == std::string::npos) return 0;
  std::string header = input.substr(0, end);
  std::transform(header.begin(), header.end(), header.begin(), [](unsigned char c) { return std::tolower(c); });
  const std::size_t length = header.find("content-length:");
  if (length == std::string::npos) {
    std::cerr << "load: an answer without Content-Length\n";
    std::exit(1);
  }
  const std::size_t size = end + 4 + std::strtoul(header.c_str() + length + 15, nullptr, 10);
  return input.size() >= size ? size : 0;
}

double Percentile(const std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) {
    std::cerr << "usage: serve_load PORT PATH BODIES CONNECTIONS SECONDS [RATE]\n";
    return 2;
  }
  const int port = std::atoi(argv[1]);
  const auto length = std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(std::atof(argv[5])));
  const double rate = argc > 6 ? std::atof(argv[6]) : 0;
  std::vector<std::string> requests;
  std::ifstream bodies(argv[3]);
  for (std::string body; std::getline(bodies, body);) {
    requests.push_back("POST " + std::string(argv[2]) +
                       " HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n" +
                       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  if (requests.empty()) {
    std::cerr << "load: no request in " << argv[3] << '\n';
    return 1;
  }
  const int poll = epoll_create1(0);
  std::vector<Connection> connections(static_cast<std::size_t>(std::atoi(argv[4])));
  std::vector<std::size_t> idle;
  for (std::size_t i = 0; i < connections.size(); ++i) {
    connections[i].socket = Connect(port);
    epoll_event event{EPOLLIN, {.u64 = i}};
    epoll_ctl(poll, EPOLL_CTL_ADD, connections[i].socket, &event);
    idle.push_back(i);
  }

  std::mt19937_64 random(1);
  std::exponential_distribution<double> gap(rate > 0 ? rate : 1);
  std::vector<double> latencies;
  std::deque<Clock::time_point> due;  // requests that found no idle connection
  std::size_t sent = 0, failed = 0;
  const auto begin = Clock::now();
  auto next = begin, last_answer = begin;
  const auto send_request = [&](Clock::time_point when) {
    Connection& connection = connections[idle.back()];
    idle.pop_back();
    connection.busy = true;
    connection.due = when;
    const std::string& request = requests[sent++ % requests.size()];
    if (send(connection.socket, request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size())) {
      std::perror("load: send");
      std::exit(1);
    }
  };
  const auto end = begin + length;
  const auto patience = end + std::chrono::seconds(10);  // for what is on its way
  std::vector<epoll_event> events(1024);
  std::vector<char> buffer(64 * 1024);
  while (true) {
    auto now = Clock::now();
    if (rate > 0) {
      for (; next < end && next <= now;
           next += std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(gap(random)))) {
        due.push_back(next);
      }
      for (; !due.empty() && !idle.empty(); due.pop_front()) send_request(due.front());
    } else {
      while (now < end && !idle.empty()) send_request(now);
    }
    if (now >= patience || (now >= end && due.empty() && idle.size() == connections.size())) break;
    int wait = 50;
    if (rate > 0 && next < end) wait = static_cast<int>(std::clamp(Milliseconds(next - now), 0.0, 50.0));
    const int count = epoll_wait(poll, events.data(), static_cast<int>(events.size()), wait);
    now = Clock::now();
    for (int i = 0; i < count; ++i) {
      const std::size_t index = events[static_cast<std::size_t>(i)].data.u64;
      Connection& connection = connections[index];
      const ssize_t size = recv(connection.socket, buffer.data(), buffer.size(), 0);
      if (size <= 0) {
        std::cerr << "load: the server closed a connection\n";
        return 1;
      }
      connection.input.append(buffer.data(), static_cast<std::size_t>(size));
      const std::size_t whole = WholeAnswer(connection.input);
      if (whole == 0 || !connection.busy) continue;
      if (connection.input.compare(9, 3, "200") == 0) {
        latencies.push_back(Milliseconds(now - connection.due));
      } else {
        ++failed;
      }
      connection.input.erase(0, whole);
      connection.busy = false;
      last_answer = now;
      idle.push_back(index);
    }
  }
  std::sort(latencies.begin(), latencies.end());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const double seconds = std::max(Milliseconds(last_answer - begin), Milliseconds(length)) / 1000;
  const auto cpu = static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
                   static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
  std::printf(
      "{\"sent\": %zu, \"answered\": %zu, \"failed\": %zu, \"unanswered\": %zu, \"per_second\": %.1f, \"p50\": %.3f, "
      "\"p99\": %.3f, \"generator_cpus\": %.2f}\n",
      sent, latencies.size(), failed, sent - latencies.size() - failed + due.size(),
      static_cast<double>(latencies.size()) / seconds, Percentile(latencies, 0.5), Percentile(latencies, 0.99),
      cpu / seconds);
}
