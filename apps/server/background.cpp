// A thread for what would hold up an event loop.
#include "background.h"

#include <new>
#include <system_error>
#include <utility>

namespace server {

void Background::Stop() {
  std::thread thread;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    thread.swap(thread_);
  }
  changed_.notify_all();
  if (thread.joinable()) thread.join();
}

void Background::Run(std::function<void()> task) {
  {
    const std::lock_guard lock(mutex_);
    // Before the task is taken: the caller may come again with it.
    if (!thread_.joinable() && !stopping_) Start();
    tasks_.push_back(std::move(task));
  }
  changed_.notify_one();
}

void Background::Start() {
  try {
    thread_ = std::thread([this] { Loop(); });
  } catch (const std::system_error&) {  // no memory for its stack, or too many threads
    throw std::bad_alloc();
  }
}

void Background::Loop() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || !tasks_.empty(); });
    if (stopping_) return;
    {
      const auto task = std::move(tasks_.front());
      tasks_.pop_front();
      lock.unlock();
      try {
        task();
      } catch (...) {
        // Out of memory even for saying so: who waits for an answer gets one after its deadline.
      }
    }
    lock.lock();
  }
}

}  // namespace server
