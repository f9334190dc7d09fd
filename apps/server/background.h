// A thread for what would hold up an event loop: large bodies, loading models. It starts with the first task.
#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

namespace server {

class Background {
 public:
  Background() = default;
  // Stops; tasks that wait are dropped.
  ~Background() { Stop(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  // Thread-safe. Tasks run one after the other; what they throw is dropped. Throws std::bad_alloc where no thread can
  // start either, and has not taken the task then.
  void Run(std::function<void()> task);

  // Ends the task that has begun; the others, and those that come later, wait for the destructor.
  void Stop();

 private:
  void Start();
  void Loop();

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::function<void()>> tasks_;
  bool stopping_ = false;
  std::thread thread_;  // guarded by the mutex, too
};

}  // namespace server
