// A JSON line for each answer: when, who, what, how long; never a text.
#pragma once

#include <atomic>
#include <mutex>
#include <string>

#include "http_server.h"

namespace server {

// Thread-safe.
class AccessLog {
 public:
  // path: a file to append to, or "-" for standard output. Throws std::runtime_error naming it.
  explicit AccessLog(std::string path);
  ~AccessLog();
  AccessLog(const AccessLog&) = delete;
  AccessLog& operator=(const AccessLog&) = delete;

  // Where it cannot be written (a full disk) one message goes to standard error, until a line is written again.
  void Write(const Served& served);

  // Opens the file anew, after somebody moved it.
  void Reopen();

 private:
  int Open() const;

  const std::string path_;
  std::mutex mutex_;
  int file_;
  bool failing_ = false;
};

// The line without its end. Control characters and what is no UTF-8 are escaped or replaced.
std::string AccessLine(const Served& served);

}  // namespace server
