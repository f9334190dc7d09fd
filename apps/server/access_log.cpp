// A JSON line for each answer.
#include "access_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <cstring>
#include <ctime>
#include <iostream>
#include <stdexcept>
#include <utility>

#include "json.h"

namespace server {
namespace {

constexpr std::size_t kLongestTrace = 128;

// The trace id of the W3C's traceparent, "00-TRACE-SPAN-FLAGS", else the whole X-Request-Id.
std::string_view TraceOf(const Request& request) {
  const std::string_view parent = request.header("traceparent");
  if (parent.size() >= 55 && parent[2] == '-' && parent[35] == '-') return parent.substr(3, 32);
  return request.header("x-request-id").substr(0, kLongestTrace);
}

std::string Now() {
  using namespace std::chrono;
  const auto now = system_clock::now();
  const std::time_t seconds = system_clock::to_time_t(now);
  std::tm parts;
  gmtime_r(&seconds, &parts);
  char text[64];
  const std::size_t size = std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
  const auto milliseconds = duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::string fraction = std::to_string(milliseconds);
  return std::string(text, size) + '.' + std::string(3 - fraction.size(), '0') + fraction + 'Z';
}

}  // namespace

std::string AccessLine(const Served& served) {
  const double milliseconds = std::chrono::duration<double, std::milli>(served.taken).count();
  Json line = {{"time", Now()},
               {"client", served.request.client},
               {"method", served.request.method},
               {"path", served.request.path()},
               {"status", served.response.status},
               {"bytes", served.response.body.size()},
               {"ms", std::round(milliseconds * 1000) / 1000}};
  for (const auto& [name, value] : served.response.headers) {
    if (name == "x-compute-tokens") line["tokens"] = std::stoull(value);
  }
  if (const std::string_view trace = TraceOf(served.request); !trace.empty()) line["trace"] = trace;
  return Dump(line);
}

AccessLog::AccessLog(std::string path) : path_(std::move(path)), file_(Open()) {}

AccessLog::~AccessLog() {
  if (file_ != STDOUT_FILENO) close(file_);
}

int AccessLog::Open() const {
  if (path_ == "-") return STDOUT_FILENO;
  const int file = open(path_.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640);
  if (file < 0) throw std::runtime_error("--access-log " + path_ + ": " + std::strerror(errno));
  return file;
}

void AccessLog::Write(const Served& served) {
  const std::string line = AccessLine(served) + '\n';
  const std::lock_guard lock(mutex_);
  const bool failed = write(file_, line.data(), line.size()) != static_cast<ssize_t>(line.size());
  if (failed && !failing_) {
    std::cerr << "valence-server: --access-log " + path_ + ": " + std::strerror(errno) + "; lines are lost\n";
  }
  failing_ = failed;
}

void AccessLog::Reopen() {
  const int file = Open();
  const std::lock_guard lock(mutex_);
  if (file_ != STDOUT_FILENO) close(file_);
  file_ = file;
}

}  // namespace server
