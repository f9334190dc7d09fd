// One linear layer on one thread, by shape and row count.
#include <omp.h>

#include <algorithm>
#include <cstring>
#include <unordered_map>
#include <vector>

#include "bench_context.h"
#include "cpu/aligned_buffer.h"
#include "kernels/int8_background.h"
#include "kernels/int8_product.h"
#include "oneapi/dnnl/dnnl.hpp"
#include "ops/implementation.h"
#include "ops/int8.h"
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
  for (auto _ : state) layer.Run(context, rows, src.data(), dst.data());
  state.counters["GFLOP/s"] = PerSecond(2e-9 * static_cast<double>(rows * in * out));
  state.counters["rows/s"] = PerSecond(static_cast<double>(rows));
}

// s8 rows that are quantised already; dst is f32.
void BM_Int8(benchmark::State& state, PostOp post_op) {
  const std::int64_t in = state.range(0), out = state.range(1), rows = state.range(2);
  const std::vector<float> weight(static_cast<std::size_t>(in * out), 0.01f), bias(static_cast<std::size_t>(out));
  const Linear layer({in, out, DataType::kS8, DataType::kF32, post_op}, Int8Weights(out, in, weight.data()), bias);
  const std::vector<float> values(static_cast<std::size_t>(rows * in), 0.5f);
  AlignedBuffer<std::byte> src(static_cast<std::size_t>(RowBucket(DataType::kS8, rows) * Int8RowBytes(in)));
  Quantize(rows, in, values.data(), src.data());
  AlignedBuffer<float> dst(static_cast<std::size_t>(rows * out));
  MatmulContext context;
  for (auto _ : state) layer.Run(context, rows, src.data(), dst.data());
  state.counters["GFLOP/s"] = PerSecond(2e-9 * static_cast<double>(rows * in * out));
  state.counters["rows/s"] = PerSecond(static_cast<double>(rows));
}

// What the vector units do beside one product on tiles, without it: 32 rows of 64 sums back to f32, in as many steps as
// the product takes for `in` values.
void BM_Int8Background(benchmark::State& state, Int8Scheme scheme, PostOp post_op) {
  constexpr std::int64_t kRows = 2 * Int8Product::kTileRows;
  const std::int64_t in = state.range(0), steps = 2 * in / 64;
  std::vector<float> values(static_cast<std::size_t>(kRows * in));
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i * 7919 % 2003) - 1000.0f;
  const std::vector<std::int8_t> weight(static_cast<std::size_t>(kInt8Panel * in), 3);
  const Int8Matrix matrix(in, kInt8Panel, weight.data(), in);
  AlignedBuffer<std::byte> src(static_cast<std::size_t>(kRows * Int8RowBytes(in)));
  QuantizeRows(scheme, kRows, in, values.data(), in, 0, src.data());
  AlignedBuffer<std::int32_t> sums(kRows * kInt8Panel);
  std::fill(sums.data(), sums.data() + sums.size(), 1000);
  const std::vector<float> scales(kInt8Panel, 0.01f), bias(kInt8Panel, 0.1f);
  AlignedBuffer<float> dst(kRows * kInt8Panel);
  for (auto _ : state) {
    Int8Background background({}, 0);
    background.Add({.rows = kRows,
                    .columns = kInt8Panel,
                    .sums = sums.data(),
                    .src = src.data(),
                    .src_bytes = Int8RowBytes(in),
                    .panel = matrix.Panel(0),
                    .scales = scales.data(),
                    .bias = bias.data(),
                    .post_op = post_op,
                    .dst = dst.data(),
                    .dst_stride = kInt8Panel});
    background.Begin(steps);
    for (std::int64_t step = 0; step < steps; ++step) background.Step();
    background.Finish();
    benchmark::ClobberMemory();
  }
}

// oneDNN's product of the same operands, in weights of its own layout: with the sums as they are (s32), or scaled by
// one factor for all and with bias and GELU (f32). A scale a row and a column, which int8 needs, would come on top.
void BM_OneDnnInt8(benchmark::State& state, bool finished) {
  using dnnl::memory;
  const std::int64_t in = state.range(0), out = state.range(1), rows = state.range(2);
  omp_set_num_threads(1);
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const memory::desc src({rows, in}, memory::data_type::s8, memory::format_tag::ab);
  const memory::desc any({in, out}, memory::data_type::s8, memory::format_tag::any);
  const memory::desc bias({1, out}, memory::data_type::f32, memory::format_tag::ab);
  const memory::desc dst({rows, out}, finished ? memory::data_type::f32 : memory::data_type::s32,
                         memory::format_tag::ab);
  dnnl::primitive_attr attributes;
  if (finished) {
    dnnl::post_ops post_ops;
#if DNNL_VERSION_MAJOR >= 3
    post_ops.append_eltwise(dnnl::algorithm::eltwise_gelu_erf, 0.0f, 0.0f);
#else
    post_ops.append_eltwise(1.0f, dnnl::algorithm::eltwise_gelu_erf, 0.0f, 0.0f);
    attributes.set_output_scales(0, {0.01f});
#endif
    attributes.set_post_ops(post_ops);
  }
#if DNNL_VERSION_MAJOR >= 3
  const dnnl::matmul::primitive_desc desc = finished
                                                ? dnnl::matmul::primitive_desc(engine, src, any, bias, dst, attributes)
                                                : dnnl::matmul::primitive_desc(engine, src, any, dst, attributes);
#else
  const dnnl::matmul::primitive_desc desc(
      finished ? dnnl::matmul::desc(src, any, bias, dst) : dnnl::matmul::desc(src, any, dst), attributes, engine);
#endif
  const dnnl::matmul matmul(desc);
  const memory a(src, engine), weights(desc.weights_desc(), engine), b(bias, engine), c(dst, engine);
  std::memset(a.get_data_handle(), 1, src.get_size());
  std::memset(weights.get_data_handle(), 1, desc.weights_desc().get_size());
  std::memset(b.get_data_handle(), 0, bias.get_size());
  std::unordered_map<int, memory> arguments = {{DNNL_ARG_SRC, a}, {DNNL_ARG_WEIGHTS, weights}, {DNNL_ARG_DST, c}};
  if (finished) arguments.emplace(DNNL_ARG_BIAS, b);
  for (auto _ : state) {
    matmul.execute(stream, arguments);
    stream.wait();
  }
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
BENCHMARK_CAPTURE(BM_Int8, plain, PostOp::kNone)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_Int8, gelu, PostOp::kGelu)->Args({768, 3072, 256});
BENCHMARK_CAPTURE(BM_Int8Background, apart, Int8Scheme::kLargestApart, PostOp::kNone)->Arg(768);
BENCHMARK_CAPTURE(BM_Int8Background, apart_gelu, Int8Scheme::kLargestApart, PostOp::kGelu)->Arg(768);
BENCHMARK_CAPTURE(BM_Int8Background, shifted, Int8Scheme::kShifted, PostOp::kNone)->Arg(384);
BENCHMARK_CAPTURE(BM_OneDnnInt8, sums, false)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_OneDnnInt8, gelu, true)->Args({768, 3072, 256});
BENCHMARK_CAPTURE(BM_Linear, f32, DataType::kF32, PostOp::kNone)->Apply(Shapes);
BENCHMARK_CAPTURE(BM_Linear, f32_gelu, DataType::kF32, PostOp::kGelu)->Args({768, 3072, 256});

[[maybe_unused]] const bool context_added = (AddMachineContext(), true);

}  // namespace
}  // namespace valence::internal
