// Attention of one head by our own kernel and by oneDNN, by length. kMatmulAttentionTokens is where oneDNN gets faster.
#include <vector>

#include "bench_context.h"
#include "ops/attention.h"
#include "ops/implementation.h"

namespace valence::internal {
namespace {

template <class T, bool kByMatmul>
void BM_Attention(benchmark::State& state) {
  if (!std::is_same_v<T, float> && !HasNativeBf16()) return state.SkipWithError("no bf16 on this CPU");
  constexpr std::int64_t kHeadDim = 64, kStride = 3 * 768;
  const std::int64_t tokens = state.range(0);
  std::vector<T> qkv(static_cast<std::size_t>(tokens * kStride)), out(static_cast<std::size_t>(tokens * 768));
  for (std::size_t i = 0; i < qkv.size(); ++i) qkv[i] = T(static_cast<float>(i * 7919 % 1000) / 500.0f - 1.0f);
  const HeadRows<const T> q{qkv.data(), kStride}, k{qkv.data() + 768, kStride}, v{qkv.data() + 2 * 768, kStride};
  MatmulContext matmul;
  AttentionScratch scratch;
  for (auto _ : state) {
    if constexpr (kByMatmul) {
      AttendByMatmul(tokens, kHeadDim, q, k, v, {out.data(), 768}, matmul, scratch);
    } else {
      Attention(tokens, tokens, kHeadDim, q, k, v, {out.data(), 768}, scratch);
    }
  }
  state.counters["GFLOP/s"] = PerSecond(4e-9 * static_cast<double>(tokens * tokens * kHeadDim));
}

void Lengths(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("tokens")->Unit(benchmark::kMicrosecond);
  for (const std::int64_t tokens : {8, 16, 24, 32, 40, 48, 64, 96, 128, 256, 280, 512}) benchmark->Arg(tokens);
}
BENCHMARK_TEMPLATE(BM_Attention, BFloat16, false)->Apply(Lengths);
BENCHMARK_TEMPLATE(BM_Attention, BFloat16, true)->Apply(Lengths);
BENCHMARK_TEMPLATE(BM_Attention, float, false)->Apply(Lengths);

[[maybe_unused]] const bool context_added = (AddMachineContext(), true);

}  // namespace
}  // namespace valence::internal
