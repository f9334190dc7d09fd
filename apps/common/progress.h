// Texts and texts per second on standard error, for a terminal.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>

namespace common {

class Progress {
 public:
  explicit Progress(bool is_shown) : is_shown_(is_shown) {}
  ~Progress() {
    if (texts_printed_ > 0) std::cerr << '\n';
  }
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;

  // `texts`: all so far.
  void Show(std::size_t texts) {
    const auto now = Clock::now();
    if (!is_shown_ || now - last_ < std::chrono::milliseconds(200)) return;
    const double seconds = std::chrono::duration<double>(now - start_).count();
    std::cerr << '\r' << texts << " texts, " << static_cast<std::int64_t>(static_cast<double>(texts) / seconds)
              << " texts/s" << std::flush;
    last_ = now;
    texts_printed_ = texts;
  }

 private:
  using Clock = std::chrono::steady_clock;
  bool is_shown_;
  Clock::time_point start_ = Clock::now();
  Clock::time_point last_ = start_;
  std::size_t texts_printed_ = 0;
};

}  // namespace common
