// The handlers without sockets: a request in, its response out.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "description.h"
#include "server/service.h"

namespace server {

// Keeps the answer; runs what is posted on the thread that waits for it, as the event loop would.
class TestExchange final : public Exchange {
 public:
  void Respond(Response response) override {
    const std::lock_guard lock(mutex_);
    if (!response_) response_ = std::move(response);
    changed_.notify_all();
  }
  void Post(std::function<void()> task) override {
    const std::lock_guard lock(mutex_);
    tasks_.push_back(std::move(task));
    changed_.notify_all();
  }
  void OnStop(std::function<void()> its_stop) override { stop = std::move(its_stop); }

  Response Wait() {
    std::unique_lock lock(mutex_);
    while (!response_) {
      if (!changed_.wait_for(lock, std::chrono::minutes(1), [&] { return response_ || !tasks_.empty(); })) {
        ADD_FAILURE() << "no answer";
        return {};
      }
      auto tasks = std::exchange(tasks_, {});
      lock.unlock();
      for (auto& task : tasks) task();
      lock.lock();
    }
    return *response_;
  }

  std::function<void()> stop;

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::function<void()>> tasks_;
  std::optional<Response> response_;
};

// A service as the program builds one, over the small model under the given names.
struct TestService {
  TestService(const std::vector<std::string>& names, int threads, const InferenceLimits& limits)
      : models(Sources(names), Options(threads)), inference(limits, metrics, large_bodies) {}

  const valence::Classifier& model() const { return models.Find()->classifier; }

  Models models;
  Metrics metrics;
  Background large_bodies, loader;
  Inference inference;
  bool is_draining = false;
  Service service{.models = models,
                  .inference = inference,
                  .metrics = metrics,
                  .large_bodies = large_bodies,
                  .loader = loader,
                  .api_keys = {},
                  .draining = [this] { return is_draining; },
                  .connections = [] { return std::size_t{1}; },
                  .max_connections = 10};
  const Handler handler = MakeHandler(service);

 private:
  static std::vector<ModelSource> Sources(const std::vector<std::string>& names) {
    std::vector<ModelSource> sources;
    for (const std::string& name : names) sources.push_back({name, VALENCE_TEST_DATA "/models/heads6-gelu-f32"});
    return sources;
  }
  static valence::Options Options(int threads) {
    valence::Options options;
    options.threads = threads;
    return options;
  }
};

class ServiceTest : public testing::Test, protected TestService {
 protected:
  ServiceTest() : TestService({"small", "other"}, 2, {.texts = 4, .waiting_tokens = 10'000}) {}

  // Also checks that the description of the route has this answer.
  Response Send(const Request& request) {
    const auto exchange = std::make_shared<TestExchange>();
    handler(request, exchange);
    Response response = exchange->Wait();
    ExpectDescribed(request, response);
    return response;
  }
  Response Send(const std::string& method, const std::string& target, const std::string& body = {},
                const Headers& headers = {}) {
    Request request;
    request.method = method;
    request.target = target;
    request.body = body;
    request.headers = headers;
    return Send(request);
  }
  Response Get(const std::string& target) { return Send("GET", target); }
  Response Post(const std::string& target, const std::string& body) {
    return Send("POST", target, body, {{"content-type", "application/json"}});
  }
};

}  // namespace server
