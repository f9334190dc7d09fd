// Output in whole lines, also when a signal ends the process or the reader closes the pipe.
#include "output.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstddef>
#include <map>
#include <mutex>
#include <stdexcept>
#include <string>
#include <system_error>
#include <thread>

namespace common {
namespace {

std::mutex line_mutex;                     // held while a line is partly written
std::map<int, std::size_t> lines_written;  // whole ones, by file descriptor

std::size_t LinesIn(std::string_view text) {
  return static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
}

// Removes the last `bytes` of a file that ends with them; what went into a pipe cannot be taken back.
void TakeBack(std::size_t bytes, int fd) {
  struct stat status {};
  const off_t end = lseek(fd, 0, SEEK_CUR);
  if (bytes == 0 || fstat(fd, &status) != 0 || !S_ISREG(status.st_mode) || status.st_size != end) return;
  const off_t line_begin = end - static_cast<off_t>(bytes);
  if (ftruncate(fd, line_begin) == 0) lseek(fd, line_begin, SEEK_SET);
}

// `written`: what was written before the error.
[[noreturn]] void Fail(int error, std::string_view written, int fd, const std::string& name) {
  const std::size_t last_line = lines_written[fd] += LinesIn(written);
  TakeBack(written.size() - (written.rfind('\n') + 1), fd);  // npos + 1 is 0: no line end, all of it is part of a line
  throw std::runtime_error(
      name + ": " + std::generic_category().message(error) + "; " +
      (last_line == 0 ? "no line was written" : "the last line written is number " + std::to_string(last_line)));
}

// Writes all of it; what does not fit into a pipe waits for the reader.
void WriteAll(std::string_view lines, int fd, const std::string& name) {
  std::string_view text = lines;
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
      Fail(errno, lines.substr(0, lines.size() - text.size()), fd, name);
    }
  }
  lines_written[fd] += LinesIn(lines);
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
  std::signal(SIGXFSZ, SIG_IGN);  // a limit on file sizes then is a failed write like any other
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) {
    struct sigaction action;
    // A signal that the caller ignores (nohup) stays ignored.
    if (sigaction(number, nullptr, &action) == 0 && action.sa_handler != SIG_IGN) sigaddset(&set, number);
  }
  // All threads inherit the blocked set; one thread waits for the signals and raises them between two lines.
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

}  // namespace common
