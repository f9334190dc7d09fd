// The bound to compare with: the matmuls of all layers, whole, and nothing else.
#pragma once

#include <chrono>
#include <cstdint>
#include <thread>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "cpu/bfloat16.h"
#include "files/config.h"
#include "ops/linear.h"

namespace valence::internal {

// The four linear layers of each encoder layer with their biases, no activation function, no shortcut in the last
// layer.
class BareMatmul {
 public:
  BareMatmul(const Config& config, DataType type) : config_(config), type_(type) {
    const std::int64_t dim = config.dim, hidden = config.hidden_dim;
    for (std::int64_t i = 0; i < config.n_layers; ++i) {
      Add(dim, 3 * dim, type);
      Add(dim, dim, DataType::kF32);
      Add(dim, hidden, type);
      Add(hidden, dim, DataType::kF32);
    }
  }

  // Tokens a second when each of `threads` threads runs `rows` rows at a time through all layers, for about `seconds`.
  // A layer does not read the result of the one before it, which makes no difference for the time.
  double TokensPerSecond(int threads, std::int64_t rows, double seconds) const {
    using Clock = std::chrono::steady_clock;
    std::vector<double> rates(static_cast<std::size_t>(threads));
    {
      std::vector<std::jthread> workers;
      for (double& rate : rates) {
        workers.emplace_back([this, rows, seconds, &rate] {
          MatmulContext context;
          const auto width = static_cast<std::size_t>(std::max(3 * config_.dim, config_.hidden_dim));
          AlignedBuffer<float> src(static_cast<std::size_t>(RowBucket(type_, rows)) * width);
          AlignedBuffer<float> dst(static_cast<std::size_t>(RowBucket(type_, rows)) * width);
          std::fill(src.data(), src.data() + src.size(), 0.0f);
          const auto pass = [&] {
            for (const Linear& layer : layers_) layer.Run(context, rows, src.data(), dst.data());
          };
          pass();  // creates the primitives
          int passes = 0;
          const auto begin = Clock::now();
          std::chrono::duration<double> spent{0};
          do {
            pass();
            ++passes;
            spent = Clock::now() - begin;
          } while (spent.count() < seconds);
          rate = static_cast<double>(passes) * static_cast<double>(rows) / spent.count();
        });
      }
    }
    double sum = 0;
    for (const double rate : rates) sum += rate;
    return sum;
  }

 private:
  void Add(std::int64_t in, std::int64_t out, DataType dst) {
    const std::vector<float> weight(static_cast<std::size_t>(in * out), 0.01f), bias(static_cast<std::size_t>(out));
    layers_.emplace_back(Linear::Spec{in, out, type_, dst}, weight, bias, 1);
  }

  Config config_;
  DataType type_;
  std::vector<Linear> layers_;
};

}  // namespace valence::internal
