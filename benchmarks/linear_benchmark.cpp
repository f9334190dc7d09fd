// One linear layer on one thread, by shape and row count.
#include <vector>

#include "bench_context.h"
#include "cpu/aligned_buffer.h"
#include "ops/implementation.h"
#include "ops/linear.h"

namespace valence::internal {
namespace {

void BM_Linear(benchmark::State& state, DataType type, PostOp post_op) {
  if (type == DataType::kBf16 && !HasNativeBf16()) return state.SkipWithError("no bf16 on this CPU");
  const std::int64_t in = state.range(0), out = state.range(1), rows = state.range(2);
  const std::vector<float> weight(static_cast<std::size_t>(in * out), 0.01f), bias(static_cast<std::size_t>(out));
  const Linear layer({in, out, type, type, post_op}, weight, bias, 1);
  MatmulContext context;
  AlignedBuffer<float> src(static_cast<std::size_t>(RowBucket(type, rows) * in)),
      dst(static_cast<std::size_t>(RowBucket(type, rows) * out));
  std::fill(src.data(), src.data() + src.size(), 0.0f);
  Team alone(1);
  for (auto _ : state) layer.Run(context, rows, src.data(), dst.data(), {&alone, 0});
  state.counters["GFLOP/s"] = PerSecond(2e-9 * static_cast<double>(rows * in * out));
  state.counters["rows/s"] = PerSecond(static_cast<double>(rows));
}

void Shapes(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgNames({"in", "out", "rows"});
  for (const std::int64_t rows : {1, 8, 26, 64, 256, 512}) {
    for (const auto& [in, out] : {std::pair{768, 2304}, {768, 768}, {768, 3072}, {3072, 768}}) {
      benchmark->Args({in, out, rows});
    }
  }
}

BENCHMARK_CAPTURE(BM_Linear, bf16, DataType::kBf16, PostOp::kNone)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_Linear, bf16_gelu, DataType::kBf16, PostOp::kGelu)->Args({768, 3072, 256});
BENCHMARK_CAPTURE(BM_Linear, f32, DataType::kF32, PostOp::kNone)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_Linear, f32_gelu, DataType::kF32, PostOp::kGelu)->Args({768, 3072, 256});

[[maybe_unused]] const bool context_added = (AddMachineContext(), true);

}  // namespace
}  // namespace valence::internal
