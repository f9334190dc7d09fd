// Counters and histograms in Prometheus' text format, under the names of text-embeddings-inference where it has one.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "valence/classifier.h"

namespace server {

// Thread-safe.
class Metrics {
 public:
  void CountRequest(bool batch, std::size_t texts);
  void CountOutcome(bool batch, std::size_t texts, const valence::Outcome& outcome);
  void CountTexts(const valence::Outcome& outcome);  // of a stream
  void CountResponse(int status);

  struct Gauges {
    std::size_t connections = 0;
    std::size_t waiting_tokens = 0;
  };
  std::string Text(const Gauges& gauges) const;

 private:
  static constexpr std::array<double, 14> kBounds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                     0.25,  0.5,    1,     2.5,  5,     10,   30};  // seconds
  struct Histogram {
    void Add(std::chrono::nanoseconds time);
    void AppendTo(std::string& text, std::string_view name, std::string_view help) const;
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    double sum = 0;
  };

  mutable std::mutex mutex_;
  std::uint64_t requests_[2] = {}, successes_[2] = {};  // single, batch
  std::map<std::string, std::uint64_t> failures_;       // by reason
  std::map<int, std::uint64_t> responses_;              // by status
  std::uint64_t texts_ = 0, tokens_ = 0, queue_ = 0;
  Histogram total_, tokenizing_, waiting_, computing_;
};

}  // namespace server
