// Whole lines to standard output or a file, whatever happens to the process or to the reader.
#include "output.h"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <mutex>
#include <stdexcept>
#include <system_error>
#include <thread>

namespace cli {
namespace {

std::mutex line_mutex;  // held while a line is partly written

// Writes all of it; what does not fit into a pipe waits for the reader.
void WriteAll(std::string_view text, int fd, const std::string& name) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EPIPE) {
      throw OutputClosed();
    } else if (errno == EAGAIN) {
      pollfd wait{fd, POLLOUT, 0};
      poll(&wait, 1, -1);
    } else if (errno != EINTR) {
      throw std::runtime_error(name + ": " + std::generic_category().message(errno));
    }
  }
}

// As many whole lines as a pipe takes in one piece, or one line that is longer.
std::size_t NextPiece(std::string_view lines) {
  if (lines.size() <= PIPE_BUF) return lines.size();
  const std::size_t end = lines.rfind('\n', PIPE_BUF - 1);
  return (end != std::string_view::npos ? end : lines.find('\n', PIPE_BUF)) + 1;
}

}  // namespace

void GuardOutput() {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action;
    // What the caller chose to ignore (nohup) stays ignored.
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&set, number);
  }
  // All threads inherit the blocked set; one waits for the signals and dies of them between two lines.
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
  std::thread([set] {
    int number = 0;
    if (sigwait(&set, &number) != 0) return;
    line_mutex.lock();
    pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
    raise(number);
  }).detach();
}

void WriteLines(std::string_view lines, int fd, const std::string& name) {
  while (!lines.empty()) {
    const std::size_t size = NextPiece(lines);
    // A pipe that is ready takes PIPE_BUF bytes without waiting: no signal waits for a slow reader.
    pollfd wait{fd, POLLOUT, 0};
    poll(&wait, 1, -1);
    const std::lock_guard<std::mutex> lock(line_mutex);
    WriteAll(lines.substr(0, size), fd, name);
    lines.remove_prefix(size);
  }
}

}  // namespace cli
